import type { RequiresResult, TrustReason } from "#model";
import type { Gate } from "./gates.ts";
import { reasonCode } from "./verify-text.ts";
import type { Stage, WhyQuestion } from "./why-question.ts";

/** Who can do something about a row, and at which gate it stands. */
interface Keeper {
  readonly gate: Gate;
  readonly who: "builder" | "team" | "platform" | "time";
  readonly what: string;
}

const KEEPERS: Readonly<Record<string, Keeper>> = {
  kind: { gate: "build", who: "builder", what: "its manifest is of the kind it says" },
  platforms: { gate: "build", who: "builder", what: "it is built for each platform" },
  annotations: { gate: "build", who: "builder", what: "it is labelled" },
  baseImage: { gate: "build", who: "builder", what: "its base image is named by digest" },
  licences: { gate: "scan", who: "builder", what: "its packages have licences that are allowed" },
  sources: { gate: "publish", who: "platform", what: "it comes from a source that is allowed" },
  neverPromote: { gate: "publish", who: "platform", what: "it is nothing that never enters" },
  revocation: { gate: "promote", who: "platform", what: "nobody took it back" },
  trust: { gate: "promote", who: "platform", what: "its trust" },
  rules: { gate: "promote", who: "platform", what: "a rule that the channel names passes" },
  soak: { gate: "promote", who: "time", what: "it was long enough in the channel before" },
  versions: { gate: "promote", who: "team", what: "its version is of the sort that enters" },
  kinds: { gate: "promote", who: "platform", what: "its kind enters this channel" },
  projects: { gate: "promote", who: "platform", what: "its project enters this channel" },
  sameDigestAs: { gate: "promote", who: "team", what: "a moving tag before names the same digest" },
};

/** What the policy as a whole and the channel ask beyond the rules. */
export function askedByPolicy(question: WhyQuestion): readonly Stage[] {
  const { result, reasons } = question.decision;
  return result.requires
    .filter((row) => !isToldByRules(row, question))
    .map((row) => stageOf(row, question, reasons));
}

/** What a rule refuses is told once, where the rule asks it. */
function isToldByRules({ name, outcome }: RequiresResult, { decision }: WhyQuestion): boolean {
  if (outcome === "pass") return name.startsWith("rules.");
  return decision.result.rules.some(
    (rule) =>
      rule.mode === "enforce" &&
      rule.outcome !== "pass" &&
      (name === "trust" || name === `rules.${rule.rule}`),
  );
}

function stageOf(
  { name, outcome, expected, found }: RequiresResult,
  question: WhyQuestion,
  reasons: readonly TrustReason[],
): Stage {
  const head = name.split(".")[0] ?? name;
  const keeper = KEEPERS[head] ?? { gate: "promote", who: "platform", what: name };
  const detail = name === head ? "" : ` ${name.slice(head.length + 1)}`;
  const reason = reasons.find(({ code }) => code === reasonCode(name));
  return {
    asked: {
      gate: keeper.gate,
      what: `${keeper.what}${detail}: ${expected}`,
      by: OF_POLICY.has(head) ? "policies/trust.yaml" : `channel ${question.channel.name}`,
      outcome,
      mode: "enforce",
      found,
    },
    who: name === "kind" && outcome === "unknown" ? reader(question) : whoOf(keeper, question),
    fix: reason?.fix ?? "supply what is expected",
  };
}

const OF_POLICY: ReadonlySet<string> = new Set(["sources", "neverPromote", "revocation", "kind"]);

function reader({ source }: WhyQuestion): string {
  return `whoever lets Waybill read ${source.repository}`;
}

function whoOf({ who }: Keeper, { decision, file }: WhyQuestion): string {
  switch (who) {
    case "builder":
      return `whoever builds ${decision.result.artifact}`;
    case "team":
      return `whoever may change ${file}`;
    case "platform":
      return "the owners of policies/";
    case "time":
      return decision.notBefore === undefined
        ? "whoever runs waybill apply with a signer for the channel before"
        : "nobody: it passes by itself";
  }
}
