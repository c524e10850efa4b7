import { describe, expect, it } from "vitest";
import { digestOfBuilt, lineOf, openEngine } from "../support/engine.ts";
import { evidenceTag, image, multiArch, sbomFor, seed, signatureFor } from "../support/images.ts";
import { startRegistry, type Registry, type RegistryOptions } from "../support/registry/index.ts";
import { channel, desiredArtifact, desiredState } from "../support/state.ts";

const OSLO = "registry.oslo.example.com";
const BERGEN = "registry.bergen.example.com";
const SOURCE = "registry.example.com";
const FROM = "staging/api";
const TO = "prod/payments/api";

async function pair(
  options: RegistryOptions = {},
): Promise<{ source: Registry; target: Registry } & AsyncDisposable> {
  const source = await startRegistry(options);
  const target = await startRegistry(options);
  return {
    source,
    target,
    [Symbol.asyncDispose]: async () => {
      await source.close();
      await target.close();
    },
  };
}

describe("apply copies", () => {
  it("001-23 001-16 a multi-arch index, byte for byte, with evidence in every form, and tags it last", async () => {
    await using both = await pair();
    await using engine = openEngine({ [SOURCE]: both.source, [OSLO]: both.target });
    const web = multiArch();
    const [child] = web.children;
    if (child === undefined) throw new Error("expected a child");
    const sbom = sbomFor(web);
    const from = both.source.repository(FROM);
    seed(from, web, ["v1.0.0"]);
    seed(from, sbom);
    seed(from, sbomFor(sbom, "about-the-sbom"));
    seed(from, signatureFor(child), [evidenceTag(child.digest)]);
    const before = from.snapshot();

    const desired = desiredState(
      [channel("prod")],
      [desiredArtifact("payments/api", { lines: [lineOf("v1.0.0", web)] })],
    );
    const { outcome, plan } = await engine.apply(desired);

    expect(outcome.results.map(({ status }) => status)).toEqual(outcome.results.map(() => "done"));
    expect(outcome).toMatchObject({ planned: 2, observed: 2, interrupted: false });
    expect(plan.actions.find(({ op }) => op === "copy")?.evidence).toHaveLength(3);
    const to = both.target.repository(TO);
    expect([...to.manifests.keys()].toSorted()).toEqual([...from.manifests.keys()].toSorted());
    for (const [digest, manifest] of from.manifests)
      expect(to.manifests.get(digest)?.bytes).toEqual(manifest.bytes);
    expect(to.tags.get("v1.0.0")).toBe(web.digest);
    const puts = both.target.requests.filter(
      ({ method, kind }) => method === "PUT" && kind === "manifest",
    );
    expect(puts.at(-1)?.reference).toBe("v1.0.0");
    expect(from.snapshot(), "004-09 the source is never written").toEqual(before);

    expect((await engine.plan(desired, "deep")).plan.actions).toEqual([]);
  });

  it("heals evidence that arrived after the copy: tag form always, referrers with deep", async () => {
    await using both = await pair();
    await using engine = openEngine({ [SOURCE]: both.source, [OSLO]: both.target });
    const app = image();
    const from = both.source.repository(FROM);
    seed(from, app, ["v1.0.0"]);
    const desired = desiredState(
      [channel("prod")],
      [desiredArtifact("payments/api", { lines: [lineOf("v1.0.0", app)] })],
    );
    await engine.apply(desired);

    await using later = openEngine({ [SOURCE]: both.source, [OSLO]: both.target });
    seed(from, signatureFor(app), [evidenceTag(app.digest)]);
    const tagged = await later.apply(desired);
    expect(tagged.plan.actions).toMatchObject([{ op: "copy", repair: true }]);
    expect(both.target.repository(TO).tags.has(evidenceTag(app.digest))).toBe(true);

    await using deep = openEngine({ [SOURCE]: both.source, [OSLO]: both.target });
    const sbom = sbomFor(app);
    seed(from, sbom);
    expect(
      (await deep.plan(desired)).plan.actions,
      "a shallow plan does not ask for referrers",
    ).toEqual([]);
    const referred = await deep.apply(desired, "deep");
    expect(referred.outcome.observed).toBe(1);
    expect(both.target.repository(TO).manifests.has(sbom.digest)).toBe(true);
  });

  it("finds and heals a half-copied index with deep", async () => {
    await using both = await pair();
    await using engine = openEngine({ [SOURCE]: both.source, [OSLO]: both.target });
    const web = multiArch();
    seed(both.source.repository(FROM), web, ["v1.0.0"]);
    const to = both.target.repository(TO);
    seed(to, web, ["v1.0.0"]);
    const [, lost] = web.children;
    if (lost === undefined) throw new Error("expected a second child");
    to.manifests.delete(lost.digest);
    const desired = desiredState(
      [channel("prod")],
      [desiredArtifact("payments/api", { lines: [lineOf("v1.0.0", web)] })],
    );
    expect((await engine.plan(desired)).plan.actions).toEqual([]);
    const { plan } = await engine.apply(desired, "deep");
    expect(plan.actions).toMatchObject([{ op: "copy", digest: web.digest, repair: true }]);
    expect(to.manifests.has(lost.digest)).toBe(true);
  });

  it("never overwrites evidence that the target alone holds", async () => {
    await using both = await pair();
    await using engine = openEngine({ [SOURCE]: both.source, [OSLO]: both.target });
    const app = image();
    const tag = evidenceTag(app.digest);
    seed(both.source.repository(FROM), app, ["v1.0.0"]);
    seed(both.source.repository(FROM), signatureFor(app, "c291cmNl"), [tag]);
    const to = both.target.repository(TO);
    const own = signatureFor(sbomFor(app), "dGFyZ2V0");
    seed(to, own, [tag]);
    const desired = desiredState(
      [channel("prod")],
      [desiredArtifact("payments/api", { lines: [lineOf("v1.0.0", app)] })],
    );
    const { events, outcome } = await engine.apply(desired);
    expect(outcome.observed).toBe(2);
    expect(to.tags.get(tag)).toBe(own.digest);
    expect(events).toContainEqual(
      expect.objectContaining({
        kind: "warning",
        fault: expect.objectContaining({ code: "evidence-diverged" }),
      }),
    );
  });

  it("one bad artifact stops itself, not the others", async () => {
    await using both = await pair();
    await using engine = openEngine({ [SOURCE]: both.source, [OSLO]: both.target });
    const good = image({ seed: "good" });
    const bad = image({ seed: "bad" });
    const from = both.source.repository(FROM);
    seed(from, good, ["v1.0.0"]);
    seed(from, bad, ["v2.0.0"]);
    const [, layer] = bad.blobs;
    if (layer === undefined) throw new Error("expected a layer");
    from.blobs.set(layer.digest, Buffer.from(layer.bytes).fill(0));
    const desired = desiredState(
      [channel("prod", { moving: new Map([["stable", "newest-stable"]]) })],
      [desiredArtifact("payments/api", { lines: [lineOf("v2.0.0", bad), lineOf("v1.0.0", good)] })],
    );
    const { outcome } = await engine.apply(desired);
    const by = new Map(
      outcome.results.map(({ action, status }) => [
        `${action.op} ${action.version} ${action.tag}`,
        status,
      ]),
    );
    expect(Object.fromEntries(by)).toMatchObject({
      "copy v1.0.0 null": "done",
      "tag v1.0.0 v1.0.0": "done",
      "copy v2.0.0 null": "failed",
      "tag v2.0.0 v2.0.0": "failed",
    });
    expect(both.target.repository(TO).tags.has("v2.0.0")).toBe(false);
    expect(both.target.repository(TO).tags.has("stable")).toBe(false);
    expect(outcome.results.find(({ status }) => status === "failed")?.code).toBe("digest-mismatch");
  });

  it("moves a moving tag only when every required site holds the artifact", async () => {
    await using both = await pair();
    await using far = await startRegistry({ readOnly: "405" });
    await using engine = openEngine({ [SOURCE]: both.source, [OSLO]: both.target, [BERGEN]: far });
    const app = image();
    seed(both.source.repository(FROM), app, ["v1.0.0"]);
    const desired = desiredState(
      [
        channel("prod", {
          require: ["bergen", "oslo"],
          moving: new Map([["stable", "newest-stable"]]),
        }),
      ],
      [desiredArtifact("payments/api", { lines: [lineOf("v1.0.0", app)] })],
    );
    const { outcome } = await engine.apply(desired);
    const stable = outcome.results.filter(({ action }) => action.tag === "stable");
    expect(stable.map(({ action, status }) => [action.site, status])).toEqual([
      ["bergen", expect.stringMatching(/failed|skipped/)],
      ["oslo", "skipped"],
    ]);
    expect(both.target.repository(TO).tags.get("v1.0.0")).toBe(app.digest);
    expect(both.target.repository(TO).tags.has("stable")).toBe(false);
  });

  it("001-17 moves a layer that many images share once, and mounts it at a second repository", async () => {
    await using both = await pair();
    await using engine = openEngine({ [SOURCE]: both.source, [OSLO]: both.target });
    const app = image({ layers: 2 });
    seed(both.source.repository(FROM), app, ["v1.0.0"]);
    const desired = desiredState(
      [channel("prod"), channel("staging")],
      [
        desiredArtifact("payments/api", {
          lines: [lineOf("v1.0.0", app, { in: ["prod", "staging"] })],
        }),
      ],
    );
    const { outcome, events } = await engine.apply(desired);
    expect(outcome.observed).toBe(4);
    const blobs = events.filter((event) => event.kind === "blob").map(({ how }) => how);
    expect(blobs.toSorted()).toEqual([
      "mounted",
      "mounted",
      "mounted",
      "uploaded",
      "uploaded",
      "uploaded",
    ]);
    expect(both.source.count({ kind: "blob", method: "GET" })).toBe(3);
  });

  it.for([
    ["before our write", 2],
    ["right after our write", 3],
  ] as const)(
    "tells a race for a tag that was lost %s, and fails that action alone",
    async ([, nthHead]) => {
      await using both = await pair();
      await using engine = openEngine({ [SOURCE]: both.source, [OSLO]: both.target });
      const old = image({ seed: "old" });
      const next = image({ seed: "next" });
      const other = image({ seed: "other" });
      const from = both.source.repository(FROM);
      const to = both.target.repository(TO);
      seed(from, old, ["v1.0.0"]);
      seed(from, next, ["v1.1.0"]);
      seed(to, old, ["v1.0.0", "stable"]);
      seed(to, other);
      let heads = 0;
      both.target.onRequest((_, { method, reference }) => {
        if (method !== "HEAD" || reference !== "stable") return;
        heads++;
        if (heads === nthHead) to.tags.set("stable", other.digest);
      });
      const desired = desiredState(
        [channel("prod", { moving: new Map([["stable", "newest-stable"]]) })],
        [
          desiredArtifact("payments/api", {
            lines: [lineOf("v1.1.0", next), lineOf("v1.0.0", old)],
          }),
        ],
      );
      const { outcome } = await engine.apply(desired);
      const by = new Map(outcome.results.map((result) => [result.action.tag, result]));
      expect(by.get("stable")).toMatchObject({
        status: "failed",
        code: "tag-moved",
        retryable: true,
      });
      expect(by.get("v1.1.0")?.status).toBe("done");
      expect(to.tags.get("stable")).toBe(other.digest);
    },
  );

  it("ends within moments of the signal, and tells what is left", async () => {
    await using both = await pair();
    const controller = new AbortController();
    await using engine = openEngine(
      { [SOURCE]: both.source, [OSLO]: both.target },
      { signal: controller.signal },
    );
    const app = image();
    seed(both.source.repository(FROM), app, ["v1.0.0"]);
    both.target.fault({ match: { kind: "upload", method: "PUT" }, do: { kind: "hang" } });
    both.target.onRequest((_, { kind, method }) => {
      if (kind === "upload" && method === "PUT") setTimeout(() => controller.abort(), 20);
    });
    const desired = desiredState(
      [channel("prod")],
      [desiredArtifact("payments/api", { lines: [lineOf("v1.0.0", app)] })],
    );
    const { outcome } = await engine.apply(desired);
    expect(outcome.interrupted).toBe(true);
    expect(outcome.results.map(({ status, code }) => [status, code])).toEqual([
      ["skipped", "interrupted"],
      ["skipped", "interrupted"],
    ]);
    expect(digestOfBuilt(app)).toBe(outcome.results[0]?.action.digest);
  });
});
