import { describe, expect, it } from "vitest";
import { planDocument } from "#plan";
import type { ActionResult, Plan } from "#model";
import { apply } from "#app";
import { image, seed } from "../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";
import { applied, applyRequest, askApply, planned, rows } from "./run.ts";

const app = image({ seed: "app" });
const API = "promotions/payments/api.yaml";
const STAGING = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROD = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));

async function promoted(): Promise<Workspace> {
  const workspace = await openWorkspace();
  seed(workspace.source.repository("staging/api"), app);
  workspace.commit({ [API]: STAGING });
  workspace.commit({ [API]: PROD });
  return workspace;
}

function statuses(results: readonly ActionResult[]): readonly string[] {
  return results.map(({ action, status, code }) =>
    [action.op, action.channel, action.tag, status, code]
      .filter((part) => part !== undefined && part !== null)
      .join(" "),
  );
}

describe("apply", () => {
  it("003-23 000-14 does what git says, and a second run does nothing", async () => {
    await using workspace = await promoted();
    const { outcome, exitCode } = await applied(workspace);
    expect(exitCode).toBe(0);
    expect(outcome).toMatchObject({ planned: 5, observed: 5 });
    expect(workspace.target.repository("payments/api").tags.get("stable")).toBe(app.digest);
    const shown: number[] = [];
    const again = await applied(workspace, {
      confirm: async (_, doable) => {
        shown.push(doable);
        return true;
      },
    });
    expect(again).toMatchObject({ exitCode: 0, outcome: { planned: 0, observed: 0, results: [] } });
    expect(shown, "it is shown, with nothing to say yes to").toEqual([0]);
  });

  it("does nothing where nobody says yes", async () => {
    await using workspace = await promoted();
    expect(await askApply(workspace, { confirm: async () => false })).toEqual({
      kind: "declined",
      exitCode: 4,
    });
    expect(workspace.target.repositoryNames()).toEqual([]);
  });

  it("refuses what is not committed, and names it", async () => {
    await using workspace = await promoted();
    workspace.write(API, `# a thought\n${PROD}`);
    workspace.write(
      "promotions/payments/web.yaml",
      promotion("web", versionLine("v1.0.0", app, "channels: []")),
    );
    await expect(askApply(workspace)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(
        /^promotions\/payments\/\w+\.yaml and 1 more is not committed/,
      ),
      hint: "commit it, or say --allow-dirty",
    });
    expect(workspace.requests()).toBe(0);
  });

  it("takes what is not committed where somebody says so", async () => {
    await using workspace = await promoted();
    workspace.write(API, `# a thought\n${PROD}`);
    expect((await applied(workspace, { allowDirty: true })).outcome.observed).toBe(5);
  });

  it("does one channel alone where one is named, and shows no other", async () => {
    await using workspace = await promoted();
    const shown: Plan[] = [];
    const { outcome } = await applied(workspace, {
      channel: "staging",
      confirm: async (plan) => shown.push(plan) > 0,
    });
    expect(statuses(outcome.results)).toEqual(["copy staging done", "tag staging v1.0.0 done"]);
    expect(shown.flatMap(rows)).toEqual(["copy v1.0.0 staging", "tag v1.0.0 staging v1.0.0"]);
    expect(workspace.target.repositoryNames()).toEqual(["preprod/payments/api"]);
  });

  it("refuses a channel that nobody knows, with those that there are", async () => {
    await using workspace = await promoted();
    await expect(askApply(workspace, { channel: "prd" })).rejects.toMatchObject({
      exitCode: 2,
      hint: "one of staging, prod",
    });
  });

  it("tells what waits with a source that lacks it, and exits 1", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: STAGING });
    const { outcome, plan, findings, exitCode } = await applied(workspace);
    expect({ exitCode, observed: outcome.observed }).toEqual({ exitCode: 1, observed: 0 });
    expect(plan.blocked.map(({ code }) => code)).toEqual(["source-missing"]);
    expect(findings.map(({ file, line }) => `${file}:${line}`)).toEqual([`${API}:9`]);
  });

  it("plans removals, does everything else, and exits 4", async () => {
    await using workspace = await promoted();
    await applied(workspace);
    workspace.commit({
      [API]: promotion(
        "api",
        versionLine("v1.0.0", app, "state: retired, reason: old, channels: [staging, prod]"),
      ),
    });
    const { outcome, exitCode } = await applied(workspace);
    expect(exitCode).toBe(4);
    expect(outcome.results.map(({ status }) => status)).toEqual(
      outcome.results.map(() => "refused"),
    );
    expect(outcome.results.length).toBeGreaterThan(1);
    expect(workspace.target.repository("payments/api").tags.has("v1.0.0")).toBe(true);
  });

  it("tells of notes, and of what does not count", async () => {
    await using workspace = await promoted();
    const notes: string[] = [];
    workspace.git("checkout", "-q", "--orphan", "alone");
    workspace.commit();
    await applied(workspace, { note: (sentence) => void notes.push(sentence) });
    expect(notes).toEqual(["This is the first commit: steps and removed lines are not checked."]);
  });
});

async function planFile(
  workspace: Workspace,
  change: (document: ReturnType<typeof planDocument>) => unknown,
): Promise<{ readonly text: string; readonly name: string }> {
  const { plan } = await planned(workspace);
  return { text: JSON.stringify(change(planDocument(plan))), name: "plan.json" };
}

describe("apply --plan FILE", () => {
  it("does what is in the file and still needed", async () => {
    await using workspace = await promoted();
    const file = await planFile(workspace, (document) => document);
    expect((await applied(workspace, { planFile: file })).outcome.observed).toBe(5);
    const again = await applied(workspace, { planFile: file });
    expect(again).toMatchObject({ exitCode: 0, outcome: { planned: 0 } });
  });

  it("leaves what the file does not have, lists it, and exits 4", async () => {
    await using workspace = await promoted();
    const file = await planFile(workspace, ({ actions, ...rest }) => ({
      ...rest,
      actions: Array.isArray(actions)
        ? actions.filter(({ channel }: { channel: string }) => channel === "staging")
        : [],
    }));
    const { outcome, exitCode } = await applied(workspace, { planFile: file });
    expect(exitCode).toBe(4);
    expect(statuses(outcome.results)).toEqual([
      "copy prod refused beyond-plan",
      "tag prod stable refused beyond-plan",
      "tag prod v1.0.0 refused beyond-plan",
      "copy staging done",
      "tag staging v1.0.0 done",
    ]);
    expect(workspace.target.repositoryNames()).toEqual(["preprod/payments/api"]);
  });

  it.for([
    ["a key that was edited", (text: string): string => text.replace('"v1.0.0"', '"v9.9.9"')],
    ["no JSON", (): string => "actions:"],
    ["a document of another sort", (): string => '{"schema":"waybill.dev/why/v1","actions":[]}'],
    ["no actions", (): string => '{"schema":"waybill.dev/plan/v1"}'],
  ] as const)("refuses %s, and does nothing", async ([, tamper]) => {
    await using workspace = await promoted();
    const file = await planFile(workspace, (document) => document);
    workspace.source.reset();
    workspace.target.reset();
    const answer = await askApply(workspace, { planFile: { ...file, text: tamper(file.text) } });
    if (answer.kind !== "invalid") throw new Error("expected mistakes");
    expect(answer.diagnostics[0]?.file).toBe("plan.json");
    expect(workspace.requests()).toBe(0);
  });
});

describe("an apply that is interrupted", () => {
  it("says what is left, and the next run does it", async () => {
    await using workspace = await promoted();
    const controller = new AbortController();
    workspace.target.fault({ match: { kind: "upload", method: "PUT" }, do: { kind: "hang" } });
    workspace.target.onRequest((_, { kind, method }) => {
      if (kind === "upload" && method === "PUT") controller.abort(new Error("interrupted"));
    });
    const answer = await apply(applyRequest(workspace), controller.signal);
    if (answer.kind !== "applied") throw new Error("expected an outcome");
    expect(answer.exitCode).toBe(130);
    expect(answer.outcome.interrupted).toBe(true);
    workspace.target.clearFaults();
    expect((await applied(workspace)).exitCode).toBe(0);
  });

  it("while the question is open does nothing", async () => {
    await using workspace = await promoted();
    const controller = new AbortController();
    const asking = apply(
      applyRequest(workspace, {
        confirm: async () => {
          controller.abort(new Error("interrupted"));
          return true;
        },
      }),
      controller.signal,
    );
    await expect(asking).rejects.toThrow("interrupted");
    expect(workspace.target.repositoryNames()).toEqual([]);
  });
});
