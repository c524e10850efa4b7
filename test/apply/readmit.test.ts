import { describe, expect, it } from "vitest";
import { apply, type Readmission } from "#apply";
import type { ActionResult, ApplyOutcome, Digest, Fault, Plan } from "#model";
import { approve } from "#plan";
import { StoreError } from "#stores";
import { digestOfBuilt, lineOf, openEngine, type Engine } from "../support/engine.ts";
import { image, sbomFor, seed } from "../support/images.ts";
import { startRegistry, type Registry } from "../support/registry/index.ts";
import { channel, desiredArtifact, desiredState, digestOf, fault } from "../support/state.ts";

const FROM = "staging/api";
const TO = "prod/payments/api";
const EVIDENCE = digestOf("a signature");
const NOW = new Date("2026-11-21T12:00:00Z");
const app = image({ seed: "app" });

const desired = desiredState(
  [channel("prod", { moving: new Map([["stable", "newest-stable"]]) })],
  [desiredArtifact("payments/api", { lines: [lineOf("v1.0.0", app)] })],
);

interface World extends AsyncDisposable {
  readonly source: Registry;
  readonly target: Registry;
  readonly engine: Engine;
}

async function open(): Promise<World> {
  const held = new AsyncDisposableStack();
  const source = held.use(await startRegistry());
  const target = held.use(await startRegistry());
  const engine = held.use(
    openEngine({ "registry.example.com": source, "registry.oslo.example.com": target }),
  );
  seed(source.repository(FROM), app, ["v1.0.0"]);
  seed(source.repository(FROM), sbomFor(app));
  return { source, target, engine, [Symbol.asyncDispose]: () => held.disposeAsync() };
}

/** Applies a plan whose actions were let in by evidence, and asks this at the destination. */
async function run(
  { engine }: World,
  admit: Readmission | undefined,
  admittedBy: readonly Digest[] | "undecided" = [EVIDENCE],
): Promise<ApplyOutcome> {
  const { plan } = await engine.plan(desired);
  const gated: Plan = {
    ...plan,
    actions: plan.actions.map((action) => ({
      ...action,
      ...(admittedBy !== "undecided" && { admittedBy }),
    })),
  };
  const approved = approve(gated, { what: { kind: "all" }, channel: undefined });
  return apply(
    { plan: approved.plan, stores: engine.stores, now: () => NOW, emit: () => undefined, admit },
    AbortSignal.timeout(30_000),
  );
}

function rows(results: readonly ActionResult[]): readonly string[] {
  return results.map(({ action: { op, tag }, status, code }) =>
    [op, tag, status, code].filter((part) => part !== null && part !== undefined).join(" "),
  );
}

const NO: Fault = fault({
  code: "lost",
  message: "It is not there.",
  hint: "look",
  retryable: true,
});

describe("002-24 what let a copy in is asked at the destination", () => {
  it("once, after blobs, evidence and manifest are there, and before any name", async () => {
    await using world = await open();
    const repository = world.target.repository(TO);
    const asked: string[] = [];
    const { results } = await run(world, async (action) => {
      asked.push(
        `${action.op} ${action.to} ${repository.manifests.size} ${repository.tags.size} ${repository.manifests.has(app.digest)}`,
      );
      return undefined;
    });
    expect(asked).toEqual([`copy registry.oslo.example.com/${TO} 2 0 true`]);
    expect(rows(results)).toEqual(["copy done", "tag stable done", "tag v1.0.0 done"]);
  });

  it("000-18 a fault withholds every tag, and is told with what to do", async () => {
    await using world = await open();
    const { results, observed } = await run(world, async () => NO);
    expect(rows(results)).toEqual([
      "copy failed trust.not-readmitted",
      "tag stable failed trust.not-readmitted",
      "tag v1.0.0 failed trust.not-readmitted",
    ]);
    expect(observed).toBe(0);
    expect(results[0]).toMatchObject({
      message: "It is not there.",
      hint: "look",
      retryable: true,
    });
    expect(world.target.repository(TO).tags.size).toBe(0);
    expect(world.target.repository(TO).manifests.has(app.digest)).toBe(true);
  });

  it("the next run asks again, and writes the tags", async () => {
    await using world = await open();
    await run(world, async () => NO);
    const again = await run(world, async () => undefined);
    expect(again.results.every(({ status }) => status === "done")).toBe(true);
    expect([...world.target.repository(TO).tags.keys()].toSorted()).toEqual(["stable", "v1.0.0"]);
  });

  it("a store's error in the check ends its own actions", async () => {
    await using world = await open();
    const { results } = await run(world, async () => {
      throw new StoreError({
        code: "forbidden",
        message: "No.",
        hint: "ask",
        digest: digestOfBuilt(app),
      });
    });
    expect(rows(results)).toEqual([
      "copy failed forbidden",
      "tag stable failed forbidden",
      "tag v1.0.0 failed forbidden",
    ]);
    expect(world.target.repository(TO).tags.size).toBe(0);
  });

  it.for<readonly [string, Readmission | undefined, readonly Digest[] | "undecided"]>([
    ["needed no evidence", async () => NO, []],
    ["was decided by no policy", async () => NO, "undecided"],
    ["nobody reads back", undefined, [EVIDENCE]],
  ])("nothing is asked of what %s, and no request more is made", async ([, admit, admittedBy]) => {
    await using world = await open();
    const { results } = await run(world, admit, admittedBy);
    expect(results.every(({ status }) => status === "done")).toBe(true);
    const puts = world.target.requests.filter(
      ({ method, kind, reference }) =>
        method === "PUT" && kind === "manifest" && !reference?.startsWith("sha256"),
    );
    expect(puts.length).toBeLessThanOrEqual(2);
  });

  it("a tag without a copy is asked about too", async () => {
    await using world = await open();
    await run(world, undefined);
    world.target.repository(TO).tags.delete("stable");
    const asked: string[] = [];
    const { results } = await run(world, async ({ op, tag }) => {
      asked.push(`${op} ${tag ?? ""}`);
      return NO;
    });
    expect(asked).toEqual(["tag stable"]);
    expect(rows(results)).toEqual(["tag stable failed trust.not-readmitted"]);
    expect(world.target.repository(TO).tags.has("stable")).toBe(false);
  });
});
