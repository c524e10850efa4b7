import { describe, expect, it } from "vitest";
import { bundleFor, legacySignature, referrerOf, SPDX } from "../../support/attached.ts";
import { evidenceTag, image, index, multiArch, seed } from "../../support/images.ts";
import { makePair, type Pair } from "../../support/signing.ts";
import { repo } from "../../support/state.ts";
import {
  API,
  bundleOf,
  channels,
  openTrustWorkspace,
  promoted,
  signatureOf,
  trustFile,
  type TrustWorkspace,
} from "../../support/trust-workspace.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { decided, decidedAll, verdictOf } from "./deciding.ts";

async function verdict(
  workspace: TrustWorkspace,
  asking: Parameters<typeof decided>[1] = {},
): Promise<string> {
  return verdictOf(await decided(workspace, asking));
}

describe("a step under a rule that asks for a signature", () => {
  it("003-10 is refused where nobody signed, and 003-31 allowed where no rule matches", async () => {
    await using workspace = await openTrustWorkspace();
    expect(await verdict(workspace)).toBe("refuse unverified trust.signature");
    expect(await verdict(workspace, { channel: "dev" })).toBe("allow unverified");
  });

  it.for(["bundle", "legacy"] as const)(
    "003-11 001-11 is allowed by a %s signature",
    async (form) => {
      await using workspace = await openTrustWorkspace();
      const { app, ci, from } = workspace;
      if (form === "bundle") seed(from, signatureOf(app, ci));
      else seed(from, legacySignature(app, [ci]), [evidenceTag(app.digest)]);
      const decision = await decided(workspace);
      expect(verdictOf(decision)).toBe("allow verified");
      expect(decision.admittedBy).toHaveLength(1);
    },
  );

  it("is not allowed by a stranger's, which is no failure of the artifact either", async () => {
    await using workspace = await openTrustWorkspace();
    seed(workspace.from, signatureOf(workspace.app, makePair()));
    expect(await verdict(workspace)).toBe("refuse unverified trust.signature");
  });

  it("003-12 has failed where the authority signed another digest, and this was attached here (threat 20)", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, ci, from } = workspace;
    seed(from, bundleFor(app, ci, { about: image({ seed: "other" }) }));
    expect(await verdict(workspace)).toBe("refuse failed_verification trust.signature");
  });

  it("promise 3: is unknown where the referrers cannot be read, and still allowed by what was read", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, ci, from, source } = workspace;
    source.fault({
      match: { kind: "referrers", times: Infinity },
      do: { kind: "answer", status: 403, body: "{}" },
    });
    expect(await verdict(workspace)).toBe("unknown unverified trust.signature");
    seed(from, legacySignature(app, [ci]), [evidenceTag(app.digest)]);
    expect(await verdict(workspace)).toBe("allow verified");
  });

  it("is refused where the manifest is not there, and says so", async () => {
    await using workspace = await openTrustWorkspace();
    const gone = image({ seed: "gone" });
    workspace.commit({ [API]: promoted(gone) });
    expect(await verdict(workspace)).toContain("kind-mismatch");
    expect((await decided(workspace)).result.decision).toBe("refuse");
  });

  it("001-18 is judged at the destination by what lies there", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, ci, from, target } = workspace;
    seed(from, signatureOf(app, ci));
    const place = repo("registry.oslo.example.com/prod/api");
    seed(target.repository("prod/api"), app);
    expect(await verdict(workspace, { at: place })).toBe("refuse unverified trust.signature");
    seed(target.repository("prod/api"), signatureOf(app, ci));
    expect(await verdict(workspace, { at: place })).toBe("allow verified");
  });

  it("is judged at its place where the source has lost it", async () => {
    await using workspace = await openTrustWorkspace();
    const moved = image({ seed: "moved" });
    workspace.commit({ [API]: promoted(moved) });
    const home = workspace.target.repository("prod/api");
    seed(home, moved, ["v1.0.0"]);
    seed(home, signatureOf(moved, workspace.ci));
    expect(await verdict(workspace)).toBe("allow verified");
  });
});

describe("index and platforms", () => {
  it.for([
    ["index", "allow verified", "refuse unverified trust.signature"],
    ["platforms", "refuse unverified trust.signature", "allow verified"],
    [
      "all",
      "refuse failed_verification trust.signature",
      "refuse failed_verification trust.signature",
    ],
  ] as const)("coverage %s: signed index, then signed platforms", async ([coverage, one, each]) => {
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": trustFile(
        ["signature: { anyOf: [ci] }"],
        `    coverage: ${coverage}\n`,
      ),
    });
    const { ci, from } = workspace;
    const [signed, children] = [
      multiArch(["amd64"], { seed: "one" }),
      multiArch(["arm64"], { seed: "each" }),
    ];
    for (const built of [signed, children]) seed(from, built);
    seed(from, signatureOf(signed, ci));
    for (const child of children.children) seed(from, signatureOf(child, ci));
    workspace.commit({ [API]: promoted(signed) });
    expect(await verdict(workspace)).toBe(one);
    workspace.commit({
      [API]: promotion("api", versionLine("v1.0.1", children, "channels: [dev, prod]")),
    });
    expect(await verdict(workspace, { version: "v1.0.1" })).toBe(each);
  });
});

function revocations(...entries: readonly string[]): Readonly<Record<string, string>> {
  const items = entries.map((entry) => `  - { ${entry}, reason: leaks }\n`).join("");
  return {
    "policies/revocations.yaml": `apiVersion: waybill.dev/v1\nkind: Revocations\nrevocations:\n${items}`,
  };
}

describe("003-13 what is revoked", () => {
  it("is refused, whatever it is signed with, and nowhere else is asked", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, ci, from } = workspace;
    seed(from, signatureOf(app, ci));
    workspace.commit(revocations(`digest: "${app.digest}"`));
    expect(await verdict(workspace)).toBe("refuse revoked revoked");
  });

  it("by an uncommitted or unmerged entry too: base ∪ head", async () => {
    await using workspace = await openTrustWorkspace();
    const base = workspace.git("rev-parse", "HEAD");
    workspace.commit(revocations(`digest: "${workspace.app.digest}"`));
    expect(await verdict(workspace, { since: base })).toContain("revoked");
  });

  it("threat: an index wrapped around a revoked child, and a child of a revoked index", async () => {
    await using workspace = await openTrustWorkspace();
    const { from } = workspace;
    const inner = image({ seed: "inner" });
    const wrapped = index([inner, image({ seed: "good" })]);
    seed(from, wrapped);
    workspace.commit({ [API]: promoted(wrapped), ...revocations(`digest: "${inner.digest}"`) });
    expect(await verdict(workspace)).toContain("refuse revoked revoked");
    workspace.commit({
      [API]: promotion("api", versionLine("v1.0.1", inner, "channels: [dev, prod]")),
      ...revocations(`digest: "${wrapped.digest}"`),
    });
    expect(await verdict(workspace, { version: "v1.0.1" })).toContain("refuse revoked revoked");
  });

  it("by a name that the digest held once on the base branch, under any name", async () => {
    await using workspace = await openTrustWorkspace();
    const { app } = workspace;
    workspace.git("rm", "-q", API);
    const other = "promotions/payments/other.yaml";
    workspace.commit({
      [other]: promotion("other", versionLine("v9.0.0", app, "channels: [dev, prod]")),
      ...revocations('project: payments, name: api, versions: ">=1.0.0 <1.0.1"'),
    });
    seed(workspace.source.repository("staging/other"), app);
    const asking = { name: "other", version: "v9.0.0" };
    expect(await verdict(workspace, asking)).toContain("refuse revoked revoked");
    workspace.commit(revocations('project: payments, name: api, versions: ">=2.0.0"'));
    expect(await verdict(workspace, asking)).not.toContain("revoked");
  });

  it("an authority's key that fell takes its signatures with it", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, ci, from } = workspace;
    seed(from, signatureOf(app, ci));
    workspace.commit(revocations("authority: ci, at: 2026-01-01T00:00:00Z"));
    expect(await verdict(workspace)).toContain("trust.signature");
  });
});

describe("what a channel requires", () => {
  it("002-61 001-07 licences and SBOM are read from a referrer", async () => {
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": trustFile(["sbom: { formats: [spdx] }"]),
      "policies/channels.yaml": channels({ requires: "licences: { deny: [MIT], unknown: allow }" }),
    });
    const { app, from } = workspace;
    expect(await verdict(workspace)).toBe("refuse unverified trust.sbom requires.licences");
    seed(from, referrerOf(app, "application/spdx+json", JSON.stringify(SPDX)));
    expect(await verdict(workspace)).toBe("refuse verified requires.licences");
  });

  it("002-18 sameDigestAs asks the places of the channel before", async () => {
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": trustFile(),
      "policies/channels.yaml": channels({ requires: "sameDigestAs: candidate" }).replace(
        'dev: { to: "dev/{name}", sites: { require: [oslo] } }',
        'dev: { to: "dev/{name}", sites: { require: [oslo] }, tags: { moving: { candidate: newest-prerelease } } }',
      ),
    });
    const { app, ci, from, target } = workspace;
    seed(from, signatureOf(app, ci));
    expect(await verdict(workspace)).toBe("refuse verified requires.sameDigestAs");
    seed(target.repository("dev/api"), app, ["candidate"]);
    expect(await verdict(workspace)).toBe("allow verified");
    seed(target.repository("dev/api"), image({ seed: "newer" }), ["candidate"]);
    expect(await verdict(workspace)).toBe("refuse verified requires.sameDigestAs");
  });
});

describe("our own statements", () => {
  const SOAK = {
    "policies/channels.yaml": channels({ requires: "soak: 24h" }),
  };
  const DEV = "registry.oslo.example.com/dev/api";

  async function soaking(): Promise<TrustWorkspace & { readonly own: Pair }> {
    const workspace = await openTrustWorkspace(SOAK);
    const own = makePair();
    workspace.commit({
      "policies/trust.yaml":
        `${trustFile()}signing: { authority: waybill, verifierId: "https://waybill.dev/verifier/v1" }\n`.replace(
          "rules:",
          "  waybill: { key: { file: policies/trust/waybill.pub } }\nrules:",
        ),
      "policies/trust/waybill.pub": own.pem,
    });
    const { app, ci, from } = workspace;
    seed(from, signatureOf(app, ci));
    seed(workspace.target.repository("dev/api"), app, ["v1.0.0"]);
    return Object.assign(workspace, { own });
  }

  function said(digest: string, more: object = {}): object {
    return {
      time: "2026-11-20T00:00:00Z",
      channel: "dev",
      site: "oslo",
      to: { repository: DEV, digest },
      ...more,
    };
  }

  it.for([
    ["that is a day old lets it in", {}, "allow verified"],
    [
      "that is younger does not, and says until when",
      { time: "2026-11-21T10:00:00Z" },
      "refuse verified requires.soak",
    ],
    [
      "threat 20: about another repository, moved here, proves nothing",
      { to: { repository: "registry.oslo.example.com/other/api" } },
      "unknown verified requires.soak",
    ],
    ["about another channel proves nothing", { channel: "test" }, "unknown verified requires.soak"],
    ["about another site proves nothing", { site: "bergen" }, "unknown verified requires.soak"],
    [
      "from the future proves nothing",
      { time: "2027-01-01T00:00:00Z" },
      "unknown verified requires.soak",
    ],
  ] as const)("soak: a statement %s", async ([, more, expected]) => {
    await using workspace = await soaking();
    const { app, target, own } = workspace;
    expect(await verdict(workspace)).toBe("unknown verified requires.soak");
    const predicate = said(
      app.digest,
      "to" in more ? { to: { ...more.to, digest: app.digest } } : more,
    );
    seed(
      target.repository("dev/api"),
      bundleOf(app, own, "https://waybill.dev/promotion/v1", predicate),
    );
    const decision = await decided(workspace);
    expect(verdictOf(decision)).toBe(expected);
    if (expected === "refuse verified requires.soak")
      expect(decision.notBefore).toBe("2026-11-22T10:00:00.000Z");
  });

  it.for(["index", "platforms"] as const)(
    "soak: a statement beside the place, of the coverage %s, is found",
    async (coverage) => {
      await using workspace = await soaking();
      const { ci, from, target, own } = workspace;
      const many = multiArch(["amd64", "arm64"], { seed: "many" });
      seed(from, many);
      seed(from, signatureOf(many, ci));
      workspace.commit({
        [API]: promotion("api", versionLine("v1.0.1", many, "channels: [dev, prod]")),
        "policies/channels.yaml": SOAK["policies/channels.yaml"].replace(
          'dev: { to: "dev/{name}"',
          `dev: { to: "dev/{name}", attestation: { attach: separate, coverage: ${coverage} }`,
        ),
      });
      seed(target.repository("dev/api"), many, ["v1.0.1"]);
      const subject = coverage === "index" ? many : many.children[0];
      if (subject === undefined) throw new Error("no child");
      const statement = bundleFor(subject, own, {
        predicateType: "https://waybill.dev/promotion/v1",
        predicate: said(many.digest),
      });
      seed(target.repository("dev/api-evidence"), statement);
      expect(await verdict(workspace, { version: "v1.0.1" })).toBe("allow verified");
    },
  );

  it("soak: a statement that somebody else signed proves nothing", async () => {
    await using workspace = await soaking();
    const { app, target, ci } = workspace;
    const statement = bundleOf(app, ci, "https://waybill.dev/promotion/v1", said(app.digest));
    seed(target.repository("dev/api"), statement);
    expect(await verdict(workspace)).toBe("unknown verified requires.soak");
  });
});

const DATED =
  'attestation: { predicateType: "https://example.com/qa/v1", signedBy: [ci], where: [{ path: /result, op: eq, value: passed }] }';
const SIGNING = `signing: { authority: waybill, verifierId: "https://waybill.dev/verifier/v1" }\n`;
const OURS = "  waybill: { key: { file: policies/trust/waybill.pub } }\nrules:";

it("bad evidence that was read once and is gone leaves it unknown: our own statement remembers it", async () => {
  await using workspace = await openTrustWorkspace();
  const own = makePair();
  workspace.commit({
    "policies/trust.yaml": `${trustFile([DATED])}${SIGNING}`.replace("rules:", OURS),
    "policies/trust/waybill.pub": own.pem,
  });
  const { app, ci, from, target } = workspace;
  const [bad, good] = [
    { result: "failed", finishedOn: "2026-11-19T00:00:00Z" },
    { result: "passed", finishedOn: "2026-11-18T00:00:00Z" },
  ].map((predicate) => bundleOf(app, ci, "https://example.com/qa/v1", predicate));
  if (bad === undefined || good === undefined) throw new Error("no evidence");
  seed(from, good);
  seed(from, bad);
  const refused = await decided(workspace);
  expect(verdictOf(refused)).toBe("refuse failed_verification trust.attestation");
  expect(refused.refuting).toEqual([
    { evidence: bad.digest, authority: "ci", predicateType: "https://example.com/qa/v1" },
  ]);
  from.deleteManifest(bad.digest);
  expect(await verdict(workspace)).toBe("allow verified");
  const predicate = {
    time: "2026-11-20T00:00:00Z",
    channel: "dev",
    site: "oslo",
    to: { repository: "registry.oslo.example.com/dev/api", digest: app.digest },
    admitted: { refuting: refused.refuting },
  };
  const dev = target.repository("dev/api");
  seed(dev, app);
  seed(dev, bundleOf(app, own, "https://waybill.dev/promotion/v1", predicate));
  expect(await verdict(workspace)).toBe("unknown unverified trust.attestation");
});

describe("what is asked of stores", () => {
  it("of one digest, for all its steps: a listing, its manifest, its referrers, and each piece once", async () => {
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": trustFile().replace("[prod]", "[dev, prod]"),
    });
    const { app, ci, from, source, target } = workspace;
    seed(from, signatureOf(app, ci));
    source.reset();
    const decisions = await decidedAll(workspace);
    expect(decisions.map(verdictOf)).toEqual(["allow verified", "allow verified"]);
    expect(source.requests.map(({ method, kind }) => `${method} ${kind}`).toSorted()).toEqual([
      "GET blob",
      "GET manifest",
      "GET manifest",
      "GET referrers",
      "GET tags",
    ]);
    expect(target.requests).toEqual([]);
  });

  it("nothing but the manifest, where no rule asks for evidence", async () => {
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": trustFile().replace("[prod]", "[test]"),
    });
    workspace.source.reset();
    expect((await decidedAll(workspace)).map(verdictOf)).toEqual([
      "allow unverified",
      "allow unverified",
    ]);
    expect(workspace.source.requests.map(({ kind }) => kind)).toEqual(["manifest"]);
  });
});
