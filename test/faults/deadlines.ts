import { apply } from "#apply";
import { readPolicies } from "#desired";
import { observe } from "#inventory";
import { approve, buildPlan, exitCode } from "#plan";
import { decide } from "#policy";
import { makeStyle, planText, resultText } from "#report";
import { openStores } from "#stores";
import { check } from "../support/promotions.ts";
import type { Printed } from "../support/real/in-process.ts";
import { filesOfFolder } from "../support/real/promotions-repository.ts";
import type { World } from "./world.ts";

const NOW = new Date("2026-11-21T12:00:00Z");
/** What is a minute to a user is a third of a second here. */
const TIMEOUTS = { connectMs: 1_000, headersMs: 300, bodyMs: 300 };
const RETRY = { tries: 2, backoffMs: 1 };

/** `waybill apply --yes` without its command line, so that its deadlines can be short. */
export async function applyWithShortDeadlines({ repository }: World): Promise<Printed> {
  const signal = AbortSignal.timeout(30_000);
  const files = await filesOfFolder(repository.root);
  const { desired, diagnostics } = check(files);
  if (diagnostics.length > 0) throw new Error(JSON.stringify(diagnostics));
  const hosts = readPolicies(files).policies.registries?.hosts ?? [];
  const stores = openStores({
    root: repository.root,
    hosts,
    env: { HOME: repository.root },
    timeouts: TIMEOUTS,
    retry: RETRY,
  });
  try {
    const decisions = decide({ desired, now: NOW });
    const actual = await observe({ desired, decisions, depth: "tags" }, stores, signal);
    const scope = { kind: "all" } as const;
    const plan = buildPlan({
      desired,
      decisions,
      actual,
      scope,
      commit: undefined,
      base: undefined,
    });
    const approved = approve(plan, { what: { kind: "all" }, channel: undefined });
    const request = { plan: approved.plan, stores, now: () => NOW, emit: say };
    const outcome = await apply(request, signal);
    const style = makeStyle(false);
    return {
      code: exitCode({ plan: approved.plan, leftOut: approved.leftOut, outcome }),
      stdout: resultText({ outcome, plan }, style),
      stderr: planText(plan, style),
    };
  } finally {
    await stores.close();
  }
}

/** Progress, which nobody looks at here. */
function say(): undefined {}
