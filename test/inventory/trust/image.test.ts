import { describe, expect, it } from "vitest";
import type { ImageFacts } from "#model";
import { digestOfBuilt } from "../../support/engine.ts";
import { artifact, image, index, multiArch, seed, type Built } from "../../support/images.ts";
import { repo } from "../../support/state.ts";
import { HOME, HOST, openSurveyed, type How, type Surveyed } from "./survey.ts";

async function imageIn(surveyed: Surveyed, built: Built, how: How = {}): Promise<ImageFacts> {
  const { image: found } = await surveyed.gather(built, { evidence: "none", ...how });
  if (found.kind === "unknown") throw new Error(found.fault.message);
  return found.value;
}

describe("what a manifest says of itself", () => {
  it("002-28 of an image: its annotations, the labels in its config, its platform", async () => {
    await using surveyed = await openSurveyed();
    const app = image({
      labels: { "org.opencontainers.image.version": "1.0.0" },
      annotations: { a: "b" },
    });
    seed(surveyed.repository, app);
    expect(await imageIn(surveyed, app, { details: "platforms" })).toMatchObject({
      annotations: { a: "b" },
      labels: { "org.opencontainers.image.version": "1.0.0" },
      platforms: [{ digest: app.digest, platform: "linux/amd64" }],
      descendants: [],
    });
  });

  it("002-11 of an index: its platforms, and everything below it", async () => {
    await using surveyed = await openSurveyed();
    const many = multiArch(["amd64", "arm64"], { labels: { l: "1" } });
    const attestation = image({
      seed: "att",
      platform: { os: "unknown", architecture: "unknown" },
    });
    const nested = index([image({ seed: "deep" })]);
    const all = index([...many.children, attestation, nested]);
    seed(surveyed.repository, all);
    const facts = await imageIn(surveyed, all);
    expect(facts.platforms.map(({ platform, labels }) => [platform, labels])).toEqual([
      ["linux/amd64", {}],
      ["linux/arm64", {}],
    ]);
    expect(facts.descendants.toSorted()).toEqual(
      [...all.children, ...nested.children].map(({ digest }) => digest).toSorted(),
    );
    const detailed = await imageIn(surveyed, all, { details: "labels" });
    expect(detailed.platforms.map(({ labels }) => labels)).toEqual([{ l: "1" }, { l: "1" }]);
  });

  it("of files: what they are, and no platform", async () => {
    await using surveyed = await openSurveyed();
    const files = artifact({ artifactType: "application/vnd.example", files: { "a.iso": "iso" } });
    seed(surveyed.repository, files);
    expect(await imageIn(surveyed, files)).toMatchObject({
      artifactType: "application/vnd.example",
      platforms: [],
    });
  });

  it("promise 3: is unknown where the manifest is absent or cannot be read", async () => {
    await using surveyed = await openSurveyed();
    const app = image({});
    expect((await surveyed.gather(app)).image).toMatchObject({ fault: { code: "not-found" } });
    seed(surveyed.repository, app);
    surveyed.registry.fault({
      match: { kind: "manifest", times: Infinity },
      do: { kind: "answer", status: 403, body: "{}" },
    });
    expect((await surveyed.gather(app)).image).toMatchObject({ fault: { code: "forbidden" } });
  });

  it("is read where the digest lies, where the first repository has lost it", async () => {
    await using surveyed = await openSurveyed();
    const app = image({});
    const place = repo(`${HOST}/prod/api`);
    seed(surveyed.registry.repository("prod/api"), app);
    const found = await surveyed.gather(app, { at: [HOME, place] });
    expect(found).toMatchObject({ repository: place, image: { kind: "known" } });
  });

  it("threat: an index whose child without a platform is gone is not known whole", async () => {
    await using surveyed = await openSurveyed();
    const whole = index([image({ seed: "a" })]);
    surveyed.repository.putManifest(whole.bytes, whole.mediaType, [], whole.digest);
    expect((await surveyed.gather(whole)).image).toMatchObject({ fault: { code: "not-found" } });
  });
});

describe("003-13 indexes that are revoked", () => {
  const many = multiArch(["amd64", "arm64"]);
  const [child] = many.children;
  if (child === undefined) throw new Error("no child");

  it("are known to hold a digest that is looked at by itself", async () => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, many);
    const revoked = [digestOfBuilt(many)];
    expect((await imageIn(surveyed, child, { revoked })).containedIn).toEqual([many.digest]);
    const alone = image({ seed: "alone" });
    seed(surveyed.repository, alone);
    expect((await imageIn(surveyed, alone, { revoked })).containedIn).toEqual([]);
  });

  it("that cannot be read leave it unknown", async () => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, many);
    surveyed.registry.fault({
      match: { kind: "manifest", reference: many.digest, times: Infinity },
      do: { kind: "answer", status: 403, body: "{}" },
    });
    const { image: found } = await surveyed.gather(child, { revoked: [digestOfBuilt(many)] });
    expect(found.kind).toBe("unknown");
  });
});
