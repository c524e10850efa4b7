import { describe, expect, it } from "vitest";
import { lineOf } from "../support/engine.ts";
import {
  artifact,
  evidenceTag,
  fallbackIndex,
  image,
  index,
  multiArch,
  sbomFor,
  seed,
  signatureFor,
  type Built,
} from "../support/images.ts";
import { PROFILES, type Repository } from "../support/registry/index.ts";
import { noteCodes } from "../support/plans.ts";
import { onlyFacets, openWorld, ORIGIN, placeIn, wanting } from "./world.ts";

const app = image({ seed: "app" });
const DESIRED = wanting([lineOf("v1.0.0", app)]);
const SIG = evidenceTag(app.digest);

function childOf(built: Built): Built {
  const [child] = built.children;
  if (child === undefined) throw new Error("expected a child");
  return child;
}

/** Puts a referrer and its fallback index into a repository, as a client does where there is no referrers API. */
function seedFallback(repository: Repository, subject: Built, referrers: readonly Built[]): void {
  for (const referrer of referrers) seed(repository, referrer);
  const fallback = fallbackIndex(subject, referrers);
  seed(repository, fallback.index, [fallback.tag]);
}

describe("evidence of what is in place is compared by listing", () => {
  it.for(["sig", "att", "sbom"] as const)("a .%s tag that the target lacks", async (form) => {
    await using world = await openWorld();
    const tag = evidenceTag(app.digest, form);
    for (const repository of [world.from, world.to]) seed(repository, app, ["v1.0.0"]);
    seed(world.from, signatureFor(app), [tag]);
    const { actual, plan } = await world.engine.plan(DESIRED);
    expect(onlyFacets(actual).missingEvidence).toMatchObject([{ form: "tag", tag }]);
    expect(plan.actions).toMatchObject([{ op: "copy", repair: true, version: "v1.0.0" }]);
    expect(plan.notes).toEqual([]);
  });

  it.for([
    ["a child of an index", (inner: Built): Built => inner],
    ["a child of an index in an index", (inner: Built): Built => index([inner])],
  ] as const)("a signature of %s", async ([, wrap]) => {
    await using world = await openWorld();
    const inner = multiArch();
    const web = wrap(inner);
    const child = childOf(inner);
    for (const repository of [world.from, world.to]) seed(repository, web, ["v1.0.0"]);
    seed(world.from, signatureFor(child), [evidenceTag(child.digest)]);
    const { actual } = await world.engine.plan(wanting([lineOf("v1.0.0", web)]));
    expect(onlyFacets(actual).missingEvidence).toMatchObject([{ subject: child.digest }]);
  });

  it("nothing, where the target has the tags: no manifest is read", async () => {
    await using world = await openWorld();
    for (const repository of [world.from, world.to]) {
      seed(repository, app, ["v1.0.0"]);
      seed(repository, signatureFor(app), [SIG]);
    }
    const { plan } = await world.engine.plan(DESIRED);
    expect(plan).toMatchObject({ actions: [], blocked: [], notes: [] });
    expect(
      [world.source, world.target].flatMap((one) => one.find({ method: "GET", kind: "manifest" })),
    ).toEqual([]);
  });

  it("an older signature, where both listings prove digests: cosign appends", async () => {
    await using world = await openWorld({ source: PROFILES.google, target: PROFILES.google });
    for (const repository of [world.from, world.to]) seed(repository, app, ["v1.0.0"]);
    const older = signatureFor(app);
    const both = artifact({ files: { one: older.blobs[1]?.bytes ?? "", two: "second signature" } });
    seed(world.to, older, [SIG]);
    seed(world.from, both, [SIG]);
    const { actual } = await world.engine.plan(DESIRED);
    expect(onlyFacets(actual)).toMatchObject({
      missingEvidence: [{ tag: SIG }],
      divergedEvidence: [],
    });
  });

  it("a signature that only the target has, and never plans to write over it", async () => {
    await using world = await openWorld({ source: PROFILES.google, target: PROFILES.google });
    for (const repository of [world.from, world.to]) seed(repository, app, ["v1.0.0"]);
    seed(world.from, signatureFor(app, "c291cmNl"), [SIG]);
    seed(world.to, signatureFor(sbomFor(app), "dGFyZ2V0"), [SIG]);
    const { actual, plan } = await world.engine.plan(DESIRED);
    expect(onlyFacets(actual)).toMatchObject({ missingEvidence: [], divergedEvidence: [SIG] });
    expect(plan.actions).toEqual([]);
    expect(noteCodes(plan)).toEqual(["diverged-evidence"]);
  });

  it("a fallback index of referrers, at a target without the API", async () => {
    await using world = await openWorld({
      source: PROFILES.distribution,
      target: PROFILES.distribution,
    });
    const sbom = sbomFor(app);
    for (const repository of [world.from, world.to]) seed(repository, app, ["v1.0.0"]);
    seedFallback(world.from, app, [sbom]);
    const { actual } = await world.engine.plan(DESIRED);
    expect(onlyFacets(actual).missingEvidence).toMatchObject([
      { form: "referrer", descriptor: { digest: sbom.digest } },
    ]);
  });

  it("a fallback index at the source, with the referrers API at the target", async () => {
    await using world = await openWorld({ source: PROFILES.distribution });
    const [kept, lost] = [sbomFor(app, "kept"), sbomFor(app, "lost")];
    for (const repository of [world.from, world.to]) seed(repository, app, ["v1.0.0"]);
    seedFallback(world.from, app, [kept, lost]);
    seed(world.to, kept);
    const { actual } = await world.engine.plan(DESIRED);
    expect(onlyFacets(actual).missingEvidence).toMatchObject([
      { form: "referrer", descriptor: { digest: lost.digest } },
    ]);
  });

  it("unknown, where the source cannot be asked what the evidence is", async () => {
    await using world = await openWorld();
    for (const repository of [world.from, world.to]) seed(repository, app, ["v1.0.0"]);
    seed(world.from, signatureFor(app), [SIG]);
    world.source.fault({
      match: { kind: "manifest", reference: SIG },
      do: { kind: "answer", status: 403 },
    });
    const { actual, plan } = await world.engine.plan(DESIRED);
    expect(onlyFacets(actual).fault?.code).toBe("forbidden");
    expect(plan.blocked.map(({ code }) => code)).toEqual(["target-unknown"]);
    expect(plan.actions).toEqual([]);
  });
});

describe("evidence of what will be copied", () => {
  it("is all of it: referrers of referrers, tags, on children too, subjects first", async () => {
    await using world = await openWorld();
    const web = multiArch();
    const child = childOf(web);
    const sbom = sbomFor(web);
    const about = sbomFor(sbom, "about");
    seed(world.from, web, ["v1.0.0"]);
    for (const referrer of [sbom, about]) seed(world.from, referrer);
    seed(world.from, signatureFor(child), [evidenceTag(child.digest)]);
    const { actual } = await world.engine.plan(wanting([lineOf("v1.0.0", web)]));
    const read = actual.sources.get(ORIGIN)?.artifacts.values().next().value;
    expect(read?.evidence.map(({ subject }) => subject)).toEqual([
      web.digest,
      child.digest,
      sbom.digest,
    ]);
    const sizes = [web, ...web.children].reduce((sum, { bytes }) => sum + bytes.length, 0);
    const blobs = web.children.flatMap(({ blobs: parts }) => parts);
    const once = new Map(blobs.map(({ digest, bytes }) => [digest, bytes.length]));
    expect(read?.bytes).toBe(sizes + [...once.values()].reduce((sum, size) => sum + size, 0));
  });

  it("ends where a lying registry lets referrers go round in a circle", async () => {
    await using world = await openWorld();
    const one = sbomFor(app, "one");
    const two = sbomFor(one, "two");
    seed(world.from, app, ["v1.0.0"]);
    for (const referrer of [one, two]) seed(world.from, referrer);
    const descriptor = { mediaType: one.mediaType, digest: one.digest, size: one.bytes.length };
    world.source.fault({
      match: { kind: "referrers", reference: two.digest, times: Infinity },
      do: {
        kind: "body",
        bytes: JSON.stringify({ schemaVersion: 2, manifests: [descriptor] }),
        contentType: "application/vnd.oci.image.index.v1+json",
      },
    });
    const { plan } = await world.engine.plan(DESIRED);
    expect(plan.actions[0]?.evidence).toHaveLength(3);
    expect(world.source.count({ kind: "referrers" })).toBe(3);
  });

  it("is asked of no referrers API again, once a host said that it has none", async () => {
    await using world = await openWorld({ source: PROFILES.distribution });
    const other = image({ seed: "other" });
    seed(world.from, app, ["v1.0.0"]);
    seed(world.from, other, ["v2.0.0"]);
    await world.engine.plan(wanting([lineOf("v1.0.0", app)]));
    expect(world.source.count({ kind: "referrers" })).toBe(1);
    await world.engine.plan(wanting([lineOf("v2.0.0", other), lineOf("v1.0.0", app)]));
    expect(world.source.count({ kind: "referrers" })).toBe(1);
  });
});

describe("a cut fallback tag of a sha512 digest", () => {
  it("is evidence and no foreign content, and is read where evidence is looked for", async () => {
    await using world = await openWorld({
      source: PROFILES.distribution,
      target: PROFILES.distribution,
    });
    const long = image({ seed: "long", algorithm: "sha512" });
    const sbom = sbomFor(long);
    for (const repository of [world.from, world.to]) {
      seed(repository, long, ["v1.0.0"]);
      seed(repository, sbom);
      const fallback = fallbackIndex(long, [sbom]);
      seed(repository, fallback.index, [fallback.tag.slice(0, "sha512-".length + 64)]);
    }
    const { actual, plan } = await world.engine.plan(wanting([lineOf("v1.0.0", long)]), "deep");
    expect(placeIn(actual).foreignTags).toEqual([]);
    expect(plan).toMatchObject({ actions: [], blocked: [], notes: [] });
  });
});
