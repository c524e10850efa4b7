import { createHash, generateKeyPairSync } from "node:crypto";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { bundleFor, referrerOf } from "../../support/attached.ts";
import { artifact, seed } from "../../support/images.ts";
import { keylessBundle, statement, V03 } from "../../support/signing.ts";
import { ISSUER, makeInstance } from "../../support/sigstore.ts";
import { openTrustWorld, rule, trustFile, type TrustWorld } from "./world.ts";

/**
 * The list of issue 5, "Bad input, and what it gets": each ends in a diagnostic or a refusal with its reason, and never in
 * "verified". What they cost is held by the deadline of each test, and by what is asked of stores.
 */
const KEY = "policies/trust/ci.pub";
const TRUST = "policies/trust.yaml";
const ASKED = ["verify", "payments/api@v1.4.2", "--channel", "prod"] as const;
const SIGNATURE = "      - signature: { anyOf: [ci] }\n";
const SBOM = "      - sbom: { formats: [spdx, cyclonedx] }\n";
const ONLY_SIGNED = { [TRUST]: trustFile(rule(SIGNATURE)) };

interface Said {
  readonly exitCode: number;
  readonly said: string;
}

async function ask(world: TrustWorld, ...args: readonly string[]): Promise<Said> {
  const { exitCode, out, err } = await world.run(...args);
  return { exitCode, said: out + err };
}

/** What cosign 3 writes as a private key. */
const ENCRYPTED = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----
eyJrZGYiOnsibmFtZSI6InNjcnlwdCJ9fQ==
-----END ENCRYPTED SIGSTORE PRIVATE KEY-----
`;

/** Another kind of key than any that signs artifacts. */
const DIFFIE_HELLMAN = generateKeyPairSync("x25519")
  .publicKey.export({ type: "spki", format: "pem" })
  .toString();

describe("a key that is not one", () => {
  it.for<readonly [string, string, string, string]>([
    ["a sentence", "the key is under the mat\n", "key-not-public", "holds no public key"],
    ["nothing", "", "key-not-public", "holds no public key"],
    ["a page", "<!doctype html><title>Sign in</title>", "key-not-public", "no public key"],
    ["cosign's encrypted private key", ENCRYPTED, "key-not-public", "cosign public-key --key"],
    ["a key that signs nothing", DIFFIE_HELLMAN, "key-unreadable", "x25519"],
  ])(
    "001-11 %s: a diagnostic at the line, exit 2, and nobody verifies by it",
    async ([, text, code, why]) => {
      await using world = await openTrustWorld({ ...ONLY_SIGNED, [KEY]: text });
      world.supply(bundleFor(world.api, world.keys.ci));
      const validated = await ask(world, "validate");
      expect(validated.exitCode).toBe(2);
      expect(validated.said).toMatch(new RegExp(`${TRUST}:\\d+:\\d+: error ${code}: .*`));
      expect(validated.said).toContain(why);
      const verified = await ask(world, ...ASKED);
      expect(verified.exitCode).toBe(2);
      expect(verified.said).toContain(code);
    },
  );

  it("000-22 cosign's encrypted key as the one that signs: how to convert it, and no write", async () => {
    await using world = await openTrustWorld({
      [TRUST]: trustFile(rule(SIGNATURE)).replace(
        "noMatch: deny",
        'signing: { authority: qa, verifierId: "https://waybill.dev/verifier/v1" }\nnoMatch: deny',
      ),
      "policies/channels.yaml": `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "preprod/{project}/{name}", sites: { require: [oslo] }, attestation: { attach: auto } }
`,
    });
    const key = join(world.workspace.root, "cosign.key");
    writeFileSync(key, ENCRYPTED);
    const sign = ["apply", "--yes", "--sign-key", `file:${key}`];
    const { exitCode, said } = await ask(world, ...sign);
    expect(exitCode).toBe(2);
    expect(said).toContain("exec:cosign sign-blob");
    expect(
      world.workspace.target.requests.filter(({ method }) => method !== "GET" && method !== "HEAD"),
    ).toEqual([]);
  });
});

/** A policy whose authority is keyless under a root file of these bytes. */
function keylessFiles(root: string, subjectRegExp: string): Readonly<Record<string, string>> {
  const sha256 = createHash("sha256").update(root).digest("hex");
  return {
    [TRUST]: `apiVersion: waybill.dev/v1
kind: Trust
roots:
  own: { file: policies/trust/own.json, sha256: ${sha256}, fetchedAt: 2026-11-01 }
authorities:
  ci:
    keyless: { issuer: "${ISSUER}", subjectRegExp: '${subjectRegExp}', root: own }
    evidence: { tlog: required, sct: none }
rules:
${rule(SIGNATURE)}`,
    "policies/trust/own.json": root,
  };
}

describe("a root that is not JSON", () => {
  it.for<readonly [string, string, string]>([
    ["a sentence", "trust me", "it is not JSON"],
    ["a page", "<!doctype html><title>404</title>", "HTML or XML page"],
    ["another document", "{}", "no mediaType"],
    ["a hundred thousand levels", "[".repeat(100_000), "nested deeper"],
  ])("001-11 %s: a diagnostic, exit 2, and nobody verifies by it", async ([, root, why]) => {
    await using world = await openTrustWorld(keylessFiles(root, ".*"));
    const validated = await ask(world, "validate");
    expect(validated.exitCode).toBe(2);
    expect(validated.said).toMatch(
      new RegExp(`${TRUST}:\\d+:\\d+: error root-(?:not-json|unreadable): `),
    );
    expect(validated.said).toContain(why);
    expect((await ask(world, ...ASKED)).exitCode).toBe(2);
  });
});

describe("more than anybody reads", () => {
  it("003-12 a bundle of 50 MiB: refused by its size, and never fetched", async () => {
    await using world = await openTrustWorld(ONLY_SIGNED);
    const huge = Buffer.alloc(50 * 1024 * 1024, " ");
    world.supply(referrerOf(world.api, V03, huge));
    world.workspace.source.reset();
    const { exitCode, said } = await ask(world, ...ASKED);
    expect(exitCode).toBe(4);
    expect(said).toContain(`${huge.length} bytes`);
    const sent = world.workspace.source.requests.filter(({ kind }) => kind === "blob");
    expect(sent).toEqual([]);
  });

  it("003-12 10,000 referrers: read as far as the cap, and what lies beyond is unknown: exit 1", async () => {
    await using world = await openTrustWorld(ONLY_SIGNED);
    const bytes = JSON.stringify({ dsseEnvelope: "none" });
    for (let at = 0; at < 10_000; at += 1)
      world.supply(
        artifact({
          subject: world.api,
          artifactType: "application/x",
          fileType: "application/x",
          files: { "file.json": bytes },
          annotations: { at: String(at) },
        }),
      );
    world.workspace.source.reset();
    const { exitCode, said } = await ask(world, ...ASKED);
    expect(exitCode).toBe(1);
    expect(said).toContain("not everything could be read");
    expect(said).toMatch(/not read: .* holds more than 500 manifests of evidence/u);
    expect(world.workspace.source.requests.length).toBeLessThan(700);
  });
});

describe("an SBOM that is no SBOM", () => {
  it.for<readonly [string, string, string]>([
    ["an HTML page", "<!doctype html><title>Sign in</title>", "HTML or XML page"],
    ["nothing", "", "it is empty"],
    ["another document", '{"packages": "many"}', "neither SPDX nor CycloneDX"],
    ["a hundred thousand levels", "[".repeat(100_000), "nested deeper"],
  ])("001-07 %s: refused, and it says why", async ([, text, why]) => {
    await using world = await openTrustWorld({ [TRUST]: trustFile(rule(SBOM)) });
    world.supply(referrerOf(world.api, "application/spdx+json", text));
    const { exitCode, said } = await ask(world, ...ASKED, "--format", "json");
    expect(exitCode).toBe(4);
    expect(said).toContain(why);
    expect(said).not.toContain('"trust": "verified"');
  });
});

describe("a regular expression that runs for ever", () => {
  const ENDLESS = "https://example\\.com/(a+)+(a|aa)*b";

  it("001-11 ends, on an identity that was chosen for it: the identity is refused", async () => {
    const instance = makeInstance();
    await using world = await openTrustWorld(keylessFiles(JSON.stringify(instance.root), ENDLESS));
    const holder = { subject: `https://example.com/${"a".repeat(3000)}` };
    const predicateType = "https://sigstore.dev/cosign/sign/v1";
    const payload = statement(world.api.digest.slice("sha256:".length), { predicateType });
    const bundle = JSON.stringify(keylessBundle(instance, payload, { holder }));
    const files = { "bundle.json": bundle };
    seed(
      world.workspace.source.repository("staging/api"),
      artifact({ subject: world.api, artifactType: V03, fileType: V03, files }),
    );
    const { exitCode, said } = await ask(world, ...ASKED);
    expect(exitCode).toBe(4);
    expect(said).toContain("the subject that matches");
  });

  it("one that no machine could hold is an error where it stands", async () => {
    await using world = await openTrustWorld(
      keylessFiles(JSON.stringify(makeInstance().root), "((a{1,500}){1,500}){1,500}"),
    );
    const { exitCode, said } = await ask(world, "validate");
    expect(exitCode).toBe(2);
    expect(said).toMatch(new RegExp(`${TRUST}:\\d+:\\d+: error pattern`));
  });
});
