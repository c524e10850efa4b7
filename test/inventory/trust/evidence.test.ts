import { describe, expect, it } from "vitest";
import {
  bundleFor,
  legacyAttestation,
  legacySbom,
  legacySignature,
  referrerOf,
  SPDX,
} from "../../support/attached.ts";
import { digestOfBuilt } from "../../support/engine.ts";
import {
  artifact,
  evidenceTag,
  fallbackIndex,
  image,
  index,
  multiArch,
  seed,
} from "../../support/images.ts";
import { QA } from "../../support/signing.ts";
import { digestOf } from "../../support/registry/index.ts";
import { repo } from "../../support/state.ts";
import { attach, HOST, openSurveyed, RELEASE, shown, STRANGER } from "./survey.ts";

const app = image({ seed: "app" });
const other = image({ seed: "other" });
const QA_PASSED = { predicateType: QA, predicate: { result: "passed" } };

describe("evidence about a digest is found and examined", () => {
  it.for([
    [
      "001-11 a signature of cosign 3, in a bundle",
      bundleFor(app, RELEASE),
      undefined,
      "bundle signature pass",
    ],
    [
      "001-11 a signature of cosign 2, under .sig",
      legacySignature(app, [RELEASE]),
      evidenceTag(app.digest, "sig"),
      "legacy signature pass",
    ],
    [
      "001-09 an attestation in a bundle",
      bundleFor(app, RELEASE, QA_PASSED),
      undefined,
      `bundle ${QA} pass`,
    ],
    [
      "an attestation of cosign 2, under .att",
      legacyAttestation(app, RELEASE, QA_PASSED),
      evidenceTag(app.digest, "att"),
      `legacy ${QA} pass`,
    ],
    [
      "001-07 002-61 an SBOM by itself, as a referrer",
      referrerOf(app, "application/spdx+json", JSON.stringify(SPDX)),
      undefined,
      "sbom sbom unsigned",
    ],
    [
      "001-07 an SBOM under .sbom",
      legacySbom(SPDX),
      evidenceTag(app.digest, "sbom"),
      "sbom sbom unsigned",
    ],
    [
      "a signature by somebody else",
      bundleFor(app, STRANGER),
      undefined,
      "bundle signature fail identity",
    ],
    [
      "threat 20: our own authority's signature of another digest",
      bundleFor(app, RELEASE, { about: other }),
      undefined,
      "bundle signature fail subject",
    ],
    [
      "threat 20: a legacy signature of another digest",
      legacySignature(other, [RELEASE]),
      evidenceTag(app.digest, "sig"),
      "legacy signature fail subject",
    ],
    [
      "001-26 Notation's, which is there and not evaluated",
      referrerOf(app, "application/jose+json", "{}"),
      undefined,
      "notation unreadable untried",
    ],
    [
      "an SBOM that is an HTML page",
      referrerOf(app, "application/spdx+json", "<html></html>"),
      undefined,
      "sbom unreadable untried",
    ],
    [
      "a bundle that is none",
      referrerOf(app, "application/vnd.dev.sigstore.bundle.v0.3+json", "{"),
      undefined,
      "bundle unreadable fail parse",
    ],
  ] as const)("%s", async ([, built, tag, expected]) => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, app, ["v1.0.0"]);
    attach(surveyed, built, tag);
    const { evidence, image: read } = await surveyed.gather(app);
    expect(read.kind).toBe("known");
    expect(evidence.get(digestOfBuilt(app))?.facts.map(shown)).toEqual([expected]);
    expect(evidence.get(digestOfBuilt(app))?.faults).toEqual([]);
  });

  it("without any is no evidence, which is no fault either (003-10)", async () => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, app);
    const { evidence } = await surveyed.gather(app);
    expect([...evidence.values()]).toEqual([{ facts: [], faults: [] }]);
  });

  it("each signature over one payload counts for itself", async () => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, app);
    attach(surveyed, legacySignature(app, [STRANGER, RELEASE]), evidenceTag(app.digest));
    expect((await surveyed.facts(app)).map(shown).toSorted()).toEqual([
      "legacy signature fail crypto",
      "legacy signature pass",
    ]);
  });

  it("of a host without the referrers API lies in the fallback index", async () => {
    await using surveyed = await openSurveyed({ referrers: "off" });
    seed(surveyed.repository, app);
    const bundle = bundleFor(app, RELEASE);
    const { tag, index: listing } = fallbackIndex(app, [bundle]);
    seed(surveyed.repository, listing, [tag]);
    expect((await surveyed.facts(app)).map(shown)).toEqual(["bundle signature pass"]);
  });

  it("in an index under a tag is that of each manifest in it", async () => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, app);
    const both = index([legacySignature(app, [RELEASE]), legacySignature(app, [STRANGER])]);
    attach(surveyed, both, evidenceTag(app.digest));
    expect((await surveyed.facts(app)).map(shown).toSorted()).toEqual([
      "legacy signature fail crypto",
      "legacy signature pass",
    ]);
  });

  it("lies in the repository where an authority keeps its signatures, too", async () => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, app);
    const signatures = surveyed.registry.repository("signatures");
    seed(signatures, legacySignature(app, [RELEASE]), [evidenceTag(app.digest)]);
    const how = { signatureRepositories: [repo(`${HOST}/signatures`)] };
    expect((await surveyed.facts(app, how)).map(shown)).toEqual(["legacy signature pass"]);
    expect(await surveyed.facts(app)).toEqual([]);
  });

  it("of each platform is read where it is asked for", async () => {
    await using surveyed = await openSurveyed();
    const many = multiArch(["amd64", "arm64"]);
    seed(surveyed.repository, many);
    const [amd64] = many.children;
    if (amd64 === undefined) throw new Error("no child");
    attach(surveyed, bundleFor(amd64, RELEASE));
    const whole = await surveyed.gather(many, { evidence: "digest" });
    expect([...whole.evidence.keys()]).toEqual([many.digest]);
    const platforms = await surveyed.gather(many, { evidence: "platforms" });
    expect([...platforms.evidence].map(([, { facts }]) => facts.map(shown))).toEqual([
      [],
      ["bundle signature pass"],
      [],
    ]);
  });
});

function unsignedAbout(digest: string): string {
  return JSON.stringify({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ digest: { sha256: digest.slice(7) } }],
    ...QA_PASSED,
  });
}

describe("a store that lies or fails", () => {
  it.for([
    ["the referrers cannot be listed", { kind: "referrers" }],
    ["the tags cannot be listed", { kind: "tags" }],
  ] as const)("promise 3: %s: unknown, never absent", async ([, match]) => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, app, ["v1.0.0"]);
    surveyed.registry.fault({
      match: { ...match, times: Infinity },
      do: { kind: "answer", status: 403, body: "{}" },
    });
    const { evidence } = await surveyed.gather(app);
    expect(evidence.get(digestOfBuilt(app))).toMatchObject({ faults: [{ code: "forbidden" }] });
  });

  it("threat 5: bytes of a bundle that are not those of its digest are a fault", async () => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, app);
    const bundle = bundleFor(app, RELEASE);
    attach(surveyed, bundle);
    const [, layer] = bundle.blobs;
    surveyed.registry.fault({
      match: { kind: "blob", reference: layer?.digest ?? "", times: Infinity },
      do: { kind: "corrupt" },
    });
    const { evidence } = await surveyed.gather(app);
    expect(evidence.get(digestOfBuilt(app))).toMatchObject({
      facts: [],
      faults: [{ code: "digest-mismatch" }],
    });
  });

  it("threat 19: a referrer that is about another digest is told, and binds nothing", async () => {
    await using surveyed = await openSurveyed({ referrers: "off" });
    seed(surveyed.repository, app);
    const sbom = referrerOf(other, "application/spdx+json", JSON.stringify(SPDX));
    const { tag, index: listing } = fallbackIndex(app, [sbom]);
    seed(surveyed.repository, listing, [tag]);
    const [fact] = await surveyed.facts(app);
    expect(fact).toMatchObject({ content: { kind: "unreadable" }, checks: [] });
    expect(fact?.content.kind === "unreadable" && fact.content.why).toContain(other.digest);
  });

  it("threat 19: a referrer that is listed and not there is a fault", async () => {
    await using surveyed = await openSurveyed({ referrers: "off" });
    seed(surveyed.repository, app);
    const { tag, index: listing } = fallbackIndex(app, [bundleFor(app, RELEASE)]);
    surveyed.repository.putManifest(listing.bytes, listing.mediaType, [tag], listing.digest);
    const { evidence } = await surveyed.gather(app);
    expect(evidence.get(digestOfBuilt(app))).toMatchObject({ faults: [{ code: "not-found" }] });
  });

  it("a referrer that is no manifest is a fact about it, and hides nothing else", async () => {
    await using surveyed = await openSurveyed({ referrers: "off" });
    seed(surveyed.repository, app);
    const bytes = Buffer.from('{"schemaVersion":2,"config":{},"manifests":[],"layers":[]}');
    const broken = {
      ...bundleFor(app, STRANGER),
      bytes,
      digest: digestOf(bytes),
      blobs: [],
    };
    const { tag, index: listing } = fallbackIndex(app, [broken, bundleFor(app, RELEASE)]);
    seed(surveyed.repository, listing, [tag]);
    const { evidence } = await surveyed.gather(app);
    const about = evidence.get(digestOfBuilt(app));
    expect(about?.facts.map(shown).toSorted()).toEqual([
      "bundle signature pass",
      "other unreadable untried",
    ]);
    expect(about?.faults).toEqual([]);
  });

  it("an unsigned statement about another digest is bound by nothing", async () => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, app);
    attach(surveyed, referrerOf(app, "application/vnd.in-toto+json", unsignedAbout(other.digest)));
    attach(surveyed, referrerOf(app, "application/vnd.in-toto+json", unsignedAbout(app.digest)));
    expect((await surveyed.facts(app)).map(shown).toSorted()).toEqual([
      `in-toto ${QA} unsigned`,
      "in-toto unreadable unsigned",
    ]);
  });
});

describe("more than anybody attaches in earnest", () => {
  it("a bundle of 50 MiB is refused by its size, and never fetched", async () => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, app);
    attach(
      surveyed,
      referrerOf(
        app,
        "application/vnd.dev.sigstore.bundle.v0.3+json",
        Buffer.alloc(50 * 1024 * 1024),
      ),
    );
    const [fact] = await surveyed.facts(app);
    expect(fact).toMatchObject({ form: "bundle", content: { kind: "unreadable" }, checks: [] });
    expect(fact?.content.kind === "unreadable" && fact.content.why).toContain("52428800 bytes");
    const sent = surveyed.registry.requests.reduce((sum, { bytesOut }) => sum + bytesOut, 0);
    expect(sent).toBeLessThan(1024 * 1024);
  });

  it("10,000 referrers are read as far as the cap, known kinds first, and the rest is unknown", async () => {
    await using surveyed = await openSurveyed({ referrersPageSize: 1000 });
    seed(surveyed.repository, app);
    attach(surveyed, bundleFor(app, RELEASE));
    for (let at = 0; at < 9_999; at += 1)
      attach(
        surveyed,
        artifact({ subject: app, artifactType: "application/x", annotations: { at: String(at) } }),
      );
    const { evidence } = await surveyed.gather(app);
    const about = evidence.get(digestOfBuilt(app));
    expect(about?.facts.map(shown)).toContain("bundle signature pass");
    expect(about?.faults).toMatchObject([{ code: "too-large" }]);
    expect(surveyed.registry.count({ kind: "manifest", method: "GET" })).toBeLessThan(520);
  });

  it("what nobody here evaluates is never fetched, whatever it says of its size", async () => {
    await using surveyed = await openSurveyed();
    seed(surveyed.repository, app);
    attach(surveyed, referrerOf(app, "application/x-backup", Buffer.alloc(1024)));
    surveyed.registry.reset();
    expect((await surveyed.facts(app)).map(shown)).toEqual(["other unreadable untried"]);
    expect(surveyed.registry.count({ kind: "blob" })).toBe(0);
  });
});

it("001-26 another verifier is put in for its format", async () => {
  await using surveyed = await openSurveyed();
  seed(surveyed.repository, app);
  attach(surveyed, referrerOf(app, "application/jose+json", digestOf("a signature")));
  const facts = await surveyed.facts(app, {
    others: [
      {
        form: "notation",
        mediaTypes: new Set(["application/jose+json"]),
        content: () => ({ kind: "signature" }),
        verify: () => [{ outcome: "pass", check: "subject", checks: [] }],
      },
    ],
  });
  expect(facts.map(shown)).toEqual(["notation signature pass"]);
});
