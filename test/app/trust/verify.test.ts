import { describe, expect, it } from "vitest";
import { bundleFor, legacySignature, SPDX } from "../../support/attached.ts";
import { evidenceTag, image, seed } from "../../support/images.ts";
import { promotion, versionLine, type Workspace } from "../../support/workspace.ts";
import {
  CHANNELS,
  openTrustWorld,
  promoted,
  rule,
  scanOf,
  trustFile,
  type TrustWorld,
} from "./world.ts";

const ASKED = ["verify", "payments/api@v1.4.2", "--channel", "prod"] as const;
const SIGNATURE = "      - signature: { anyOf: [ci] }\n";
const ONLY_SIGNED = { "policies/trust.yaml": trustFile(rule(SIGNATURE)) };

/** What a result of the document is read as. */
interface Result {
  readonly artifact: string;
  readonly version: string;
  readonly digest: string;
  readonly channel: string;
  readonly trust: string;
  readonly decision: string;
  readonly lifecycle: string;
  readonly rules: readonly {
    readonly outcome: string;
    readonly requirements: readonly {
      readonly type: string;
      readonly outcome: string;
      readonly fix?: string;
      readonly evidence: readonly Readonly<Record<string, string>>[];
    }[];
  }[];
  readonly requires: readonly Readonly<Record<string, string>>[];
  readonly commands: readonly string[];
}

interface Document {
  readonly schema: string;
  readonly policyDigest: string | null;
  readonly results: readonly Result[];
  readonly policyFrom?: { readonly turned: readonly object[] };
}

async function ask(
  world: TrustWorld,
  ...args: readonly string[]
): Promise<{ readonly exitCode: number; readonly document: Document; readonly only: Result }> {
  const { exitCode, out, err } = await world.run("--format", "json", ...args);
  if (!out.includes("waybill.dev/verify/v1")) throw new Error(`${out}${err}`);
  const document = JSON.parse(out) as Document;
  const [only] = document.results;
  if (only === undefined) throw new Error("no result");
  return { exitCode, document, only };
}

/** Everything that the policy of the world asks for. */
function supplyAll({ api, keys, supply }: TrustWorld): void {
  supply(bundleFor(api, keys.ci));
  supply(bundleFor(api, keys.ci, { predicateType: "https://spdx.dev/Document", predicate: SPDX }));
  supply(bundleFor(api, keys.scanner, scanOf([["CVE-2026-1", "HIGH"]])));
  supply(
    bundleFor(api, keys.qa, {
      predicateType: "https://example.com/qa/v1",
      predicate: { result: "passed" },
    }),
  );
}

describe("waybill verify ARTIFACT@version", () => {
  it("003-10 refuses what has nothing, with what each rule asks and what to do: exit 4", async () => {
    await using world = await openTrustWorld();
    const { exitCode, document, only } = await ask(world, ...ASKED);
    expect(exitCode).toBe(4);
    expect(document).toMatchObject({
      schema: "waybill.dev/verify/v1",
      policyDigest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
      now: "2026-11-20T00:00:00.000Z",
    });
    expect(only).toMatchObject({
      trust: "unverified",
      decision: "refuse",
      digest: world.api.digest,
    });
    const [first] = only.rules;
    expect(first?.requirements.map(({ type, outcome }) => `${type} ${outcome}`)).toEqual([
      "signature fail",
      "sbom fail",
      "vulnerabilities fail",
      "attestation fail",
    ]);
    for (const { fix } of first?.requirements ?? []) expect(fix).toBeTruthy();
    const { out } = await world.run(...ASKED);
    expect(out).not.toMatch(/no matching attestation/i);
    expect(out).toContain("found: nothing; no referrer");
  });

  it("003-11 allows what has everything, names each piece of evidence, and writes nothing: exit 0", async () => {
    await using world = await openTrustWorld();
    supplyAll(world);
    const { exitCode, only } = await ask(world, ...ASKED);
    expect(exitCode).toBe(0);
    expect(only).toMatchObject({ trust: "verified", decision: "allow", lifecycle: "promoted" });
    const counted = (only.rules[0]?.requirements ?? []).flatMap(({ evidence }) => evidence);
    expect(counted.map(({ authority, outcome }) => `${authority} ${outcome}`)).toEqual([
      "ci pass",
      "ci pass",
      "scanner pass",
      "qa pass",
    ]);
    const source = world.workspace.source.repository("staging/api");
    for (const { digest = "" } of counted) expect(source.manifests.has(digest)).toBe(true);
    const methods = world.workspace.source.requests.map(({ method }) => method);
    expect(methods.filter((method) => method !== "GET" && method !== "HEAD")).toEqual([]);
    expect(world.workspace.target.requests).toEqual([]);
  });

  it("takes the older forms too: a .sig tag", async () => {
    await using world = await openTrustWorld(ONLY_SIGNED);
    world.supply(legacySignature(world.api, [world.keys.ci]), evidenceTag(world.api.digest));
    const { exitCode, only } = await ask(world, ...ASKED);
    expect(exitCode).toBe(0);
    expect(only.rules[0]?.requirements[0]?.evidence).toMatchObject([{ form: "legacy" }]);
  });

  it("says of a stranger's signature that it was found, and why it is not enough", async () => {
    await using world = await openTrustWorld(ONLY_SIGNED);
    const foreign = bundleFor(world.api, world.keys.stranger);
    world.supply(foreign);
    const { exitCode, only } = await ask(world, ...ASKED);
    expect(exitCode).toBe(4);
    expect(only).toMatchObject({ trust: "unverified", decision: "refuse" });
    expect(only.rules[0]?.requirements[0]?.evidence).toMatchObject([
      { digest: foreign.digest, form: "bundle", check: "identity", outcome: "fail" },
    ]);
    const { out } = await world.run(...ASKED);
    expect(out).toContain(
      `does not count  ${foreign.digest.slice(7, 19)}  bundle  not by ci  signer:`,
    );
  });

  it("003-12 says of evidence about another digest what it is about", async () => {
    await using world = await openTrustWorld(ONLY_SIGNED);
    const other = image({ seed: "another" });
    world.supply(bundleFor(world.api, world.keys.ci, { about: other }));
    const { exitCode, only } = await ask(world, ...ASKED);
    expect(exitCode).toBe(4);
    expect(only).toMatchObject({ trust: "failed_verification" });
    expect(only.rules[0]?.requirements[0]?.evidence).toMatchObject([
      {
        authority: "ci",
        check: "subject",
        found: expect.stringContaining(other.digest),
        outcome: "fail",
      },
    ]);
  });

  it("says that it is not known where the source cannot be read: exit 1", async () => {
    await using world = await openTrustWorld(ONLY_SIGNED);
    world.workspace.source.fault({
      match: { times: Infinity },
      do: { kind: "answer", status: 403 },
    });
    const { exitCode, only } = await ask(world, ...ASKED);
    expect(exitCode).toBe(1);
    expect(only).toMatchObject({ trust: "unverified", decision: "unknown" });
  });

  it("003-13 says that it is revoked, whatever evidence it has, and nothing in colour alone", async () => {
    await using world = await openTrustWorld();
    supplyAll(world);
    world.workspace.commit({
      "policies/revocations.yaml": `apiVersion: waybill.dev/v1\nkind: Revocations\nrevocations:\n  - { digest: "${world.api.digest}", reason: "CVE-2026-9, no fix" }\n`,
    });
    const { exitCode, only } = await ask(world, ...ASKED);
    expect(exitCode).toBe(4);
    expect(only).toMatchObject({ trust: "revoked", decision: "refuse" });
    const { out } = await world.run(...ASKED);
    expect(out).toContain("trust      revoked: it is taken back");
    expect(out).toContain("CVE-2026-9, no fix");
    expect(out).not.toMatch(/\u001b/);
  });

  it("says without a policy that everything is unverified and nothing refuses it", async () => {
    await using world = await openTrustWorld();
    world.workspace.git("rm", "-q", "policies/trust.yaml");
    world.workspace.commit({ "policies/channels.yaml": CHANNELS.replace(/ {4}requires.*\n/, "") });
    const { exitCode, document, only } = await ask(world, ...ASKED);
    expect(exitCode).toBe(0);
    expect(document.policyDigest).toBeNull();
    expect(only).toMatchObject({ trust: "unverified", decision: "allow" });
  });

  it("is read from what is committed: a policy in the work tree loosens nothing", async () => {
    await using world = await openTrustWorld();
    world.workspace.write("policies/trust.yaml", trustFile(rule(SIGNATURE, "    mode: warn\n")));
    const { exitCode } = await ask(world, ...ASKED);
    expect(exitCode).toBe(4);
  });
});

async function openTwo(): Promise<TrustWorld> {
  const world = await openTrustWorld(ONLY_SIGNED);
  const old = image({ seed: "old" });
  seed(world.workspace.source.repository("staging/api"), old);
  for (const state of ["", ", state: retired, reason: old"]) {
    world.workspace.commit({
      "promotions/payments/api.yaml": promotion(
        "api",
        versionLine("v1.4.2", world.api, "channels: [staging, prod]"),
        versionLine("v1.3.0", old, `channels: [staging, prod]${state}`),
      ),
    });
  }
  return world;
}

describe("waybill verify of more than one", () => {
  it("asks about every version that is not retired, in each channel that it lists", async () => {
    await using world = await openTwo();
    for (const args of [["payments/api"], ["--all"]]) {
      const { exitCode, document } = await ask(world, "verify", ...args);
      expect(exitCode).toBe(4);
      expect(
        document.results.map(({ version, channel, decision }) => [version, channel, decision]),
      ).toEqual([
        ["v1.4.2", "prod", "refuse"],
        ["v1.4.2", "staging", "allow"],
      ]);
    }
  });

  it("asks with --all about an artifact's retired versions too", async () => {
    await using world = await openTwo();
    const { document } = await ask(world, "verify", "payments/api", "--all");
    expect(new Set(document.results.map(({ version }) => version))).toEqual(
      new Set(["v1.3.0", "v1.4.2"]),
    );
  });

  it("asks with --all --channel only about what is in the channel", async () => {
    await using world = await openTwo();
    const { document, exitCode } = await ask(world, "verify", "--all", "--channel", "staging");
    expect(exitCode).toBe(0);
    expect(document.results.map(({ channel }) => channel)).toEqual(["staging"]);
  });

  it("tells each result that is not allowed at its line, for a job of GitHub Actions", async () => {
    await using world = await openTwo();
    const { out } = await world.run("--format", "github", "verify", "--all");
    expect(out).toMatch(
      /^::error file=promotions\/payments\/api\.yaml,line=9,col=5,title=trust\.signature::payments\/api v1\.4\.2 for prod \(eu\): Rule/m,
    );
  });
});

describe("waybill verify of kpromo's thin manifests", () => {
  it("asks in the implied channel of each image, once however many destinations it has", async () => {
    await using world = await openTrustWorld({
      "policies/trust.yaml": trustFile(
        rule(SIGNATURE, "    match: { projects: [tools], channels: [kpromo] }\n"),
      ),
    });
    seed(world.workspace.source.repository("tools/api"), world.api);
    world.workspace.commit({
      "manifests/tools/promoter-manifest.yaml": `registries:
  - name: registry.example.com/tools
    src: true
  - name: registry.oslo.example.com/images
  - name: registry.oslo.example.com/copies
`,
      "images/tools/images.yaml": `- name: api\n  dmap:\n    "${world.api.digest}": ["1.0"]\n`,
    });
    const { exitCode, document } = await ask(world, "verify", "tools/api");
    expect(exitCode).toBe(4);
    expect(document.results).toMatchObject([
      { artifact: "tools/api", version: "1.0", channel: "kpromo", decision: "refuse" },
    ]);
  });
});

describe("waybill verify REF", () => {
  it.for<readonly [string, (digest: string) => string]>([
    ["by digest", (digest) => `registry.example.com/staging/api@${digest}`],
    ["by tag", () => "registry.example.com/staging/api:v1.4.2"],
    ["by both", (digest) => `registry.example.com/staging/api:v1.4.2@${digest}`],
  ])("finds the artifact by the promotions that hold its digest: %s", async ([, ref]) => {
    await using world = await openTrustWorld(ONLY_SIGNED);
    world.supply(bundleFor(world.api, world.keys.ci));
    const { exitCode, only } = await ask(
      world,
      "verify",
      ref(world.api.digest),
      "--channel",
      "prod",
    );
    expect(exitCode).toBe(0);
    expect(only).toMatchObject({ artifact: "payments/api", version: "v1.4.2", trust: "verified" });
  });

  it("looks at the place that is named: what has its evidence at the source may lack it elsewhere", async () => {
    await using world = await openTrustWorld(ONLY_SIGNED);
    world.supply(bundleFor(world.api, world.keys.ci));
    seed(world.workspace.target.repository("preprod/payments/api"), world.api, ["v1.4.2"]);
    const place = `registry.oslo.example.com/preprod/payments/api@${world.api.digest}`;
    const { exitCode, only } = await ask(world, "verify", place, "--channel", "prod");
    expect(exitCode).toBe(4);
    expect(only.rules[0]?.requirements[0]).toMatchObject({ outcome: "fail", evidence: [] });
    expect(only.commands[0]).toContain(place);
  });

  it("takes what no promotion holds where it is said what it is", async () => {
    await using world = await openTrustWorld(ONLY_SIGNED);
    const stray = image({ seed: "stray" });
    seed(world.workspace.source.repository("other/thing"), stray, ["v9"]);
    const ref = "registry.example.com/other/thing:v9";
    const what = ["--project", "payments", "--name", "thing", "--kind", "container-image"];
    const { exitCode, only } = await ask(world, "verify", ref, ...what, "--channel", "prod");
    expect(exitCode).toBe(4);
    expect(only).toMatchObject({
      artifact: "payments/thing",
      version: "v9",
      digest: stray.digest,
      lifecycle: "published",
    });
    for (const without of [["--channel", "prod"], what]) {
      const { exitCode: code, err } = await world.run("verify", ref, ...without);
      expect(code).toBe(2);
      expect(err).toContain("to do:");
    }
  });

  it("verifies a layout on disk, as an operator without a network does (002-45)", async () => {
    await using world = await openTrustWorld({
      ...ONLY_SIGNED,
      "policies/sites.yaml": `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { stores: { oci: "oci-layout:./var/oslo" } }
`,
    });
    world.supply(bundleFor(world.api, world.keys.ci));
    const { exitCode: code, err, out } = await world.run("apply", "--yes");
    expect({ code, err, out: code === 0 ? "" : out }).toMatchObject({ code: 0, out: "" });
    const before = world.workspace.requests();
    const place = `oci-layout:./var/oslo/preprod/payments/api@${world.api.digest}`;
    const { exitCode, only } = await ask(world, "verify", place, "--channel", "prod");
    expect(only.rules[0]?.requirements[0]?.evidence).toMatchObject([{ outcome: "pass" }]);
    expect({ exitCode, trust: only.trust }).toEqual({ exitCode: 0, trust: "verified" });
    expect(world.workspace.requests()).toBe(before);
  });
});

function branch(workspace: Workspace, files: Readonly<Record<string, string>>): void {
  workspace.git("checkout", "-q", "-b", "stricter");
  workspace.commit(files);
  workspace.git("checkout", "-q", "main");
}

describe("waybill verify --policy-from REV", () => {
  it("says what would turn if that policy held, and exits as it would decide", async () => {
    await using world = await openTrustWorld({
      ...ONLY_SIGNED,
      "policies/trust.yaml": trustFile(rule(SIGNATURE)),
    });
    world.workspace.commit(promoted(world.api, "staging, prod"));
    world.supply(bundleFor(world.api, world.keys.ci));
    branch(world.workspace, { "policies/trust.yaml": trustFile() });
    expect((await ask(world, "verify", "--all")).exitCode).toBe(0);
    const { exitCode, document } = await ask(world, "verify", "--all", "--policy-from", "stricter");
    expect(exitCode).toBe(4);
    expect(document.policyFrom?.turned).toMatchObject([
      {
        artifact: "payments/api",
        channel: "prod",
        from: { trust: "verified", decision: "allow" },
        to: { trust: "failed_verification", decision: "refuse" },
      },
    ]);
    const { out } = await world.run("verify", "--all", "--policy-from", "stricter");
    expect(out).toContain("Under the policy of stricter 1 of 2 results would turn:");
    expect(out).toContain("allowed (verified) → REFUSED (failed verification)");
  });

  it("says that nothing would turn where it says the same", async () => {
    await using world = await openTrustWorld(ONLY_SIGNED);
    branch(world.workspace, { "docs/x.md": "x" });
    const { out } = await world.run(...ASKED, "--policy-from", "stricter");
    expect(out).toContain("Under the policy of stricter nothing would turn (1 result compared).");
  });
});
