import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROMOTION, VSA, type Descriptor, type Json } from "#model";
import {
  artifactOfDigest,
  examine,
  makeEvidence,
  openSigner,
  readOwnStatement,
  SignError,
  type EvidenceArtifact,
  type EvidenceSigner,
  type SigningOptions,
  type VerifyingAuthority,
} from "#trust";
import { digestOf, promotionFacts } from "../../support/promotion-facts.ts";
import { identityToken, startSignServices } from "../../support/sign-services.ts";
import { KEY_KINDS, makePair, type Pair } from "../../support/signing.ts";
import { makeInstance, SIGNED_AT } from "../../support/sigstore.ts";
import { keyAuthority, rootOf, workflowAuthority } from "../../support/verifying.ts";

const BOTH = ["vsa", "promotion"] as const;
const NEVER = new AbortController().signal;
const SUBJECT: Descriptor = {
  mediaType: "application/vnd.oci.image.manifest.v1+json",
  digest: digestOf("a"),
  size: 512,
};
function now(): Date {
  return promotionFacts().now;
}

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waybill-sign-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function pemOf(pair: Pair): string {
  return pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

async function open(
  options: SigningOptions,
  authority: VerifyingAuthority,
  env: Readonly<Record<string, string>> = {},
): Promise<EvidenceSigner> {
  const signer = await openSigner(options, { env, folder, now }, authority);
  if (signer === undefined) throw new Error("nothing signs");
  return signer;
}

async function make(
  signer: EvidenceSigner,
  authority: VerifyingAuthority,
): Promise<readonly EvidenceArtifact[]> {
  const facts = promotionFacts();
  return makeEvidence(
    { facts, lacking: [{ subject: SUBJECT, types: BOTH }], with: signer, authority },
    NEVER,
  );
}

function bundleOf(artifact: EvidenceArtifact | undefined): Buffer {
  const bytes = artifact?.blobs[1]?.bytes;
  if (bytes === undefined) throw new Error("there is no bundle");
  return bytes;
}

function jsonOf(bytes: Uint8Array): Record<string, Json> {
  return JSON.parse(Buffer.from(bytes).toString()) as Record<string, Json>;
}

function statementOf(artifact: EvidenceArtifact | undefined): Record<string, Json> {
  const { payload } = jsonOf(bundleOf(artifact))["dsseEnvelope"] as { payload: string };
  return jsonOf(Buffer.from(payload, "base64"));
}

/** Reads a bundle as anybody does who meets it at a registry. */
function factOf(
  artifact: EvidenceArtifact | undefined,
  authority: VerifyingAuthority,
): ReturnType<typeof examine> {
  return examine(
    {
      mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      bytes: bundleOf(artifact),
      annotations: {},
    },
    {
      digest: digestOf("e"),
      subject: SUBJECT.digest,
      artifact: artifactOfDigest(SUBJECT.digest),
      authorities: new Map([["ours", authority]]),
      now: now(),
      others: [],
    },
  );
}

describe("our two statements, signed with a key", () => {
  it.for(KEY_KINDS)(
    "%s: each verifies under the policy's authority and under no other",
    async (kind) => {
      const pair = makePair(kind);
      const authority = keyAuthority([pair.pem]);
      const made = await make(
        await open({ signKey: "env:KEY" }, authority, { KEY: pemOf(pair) }),
        authority,
      );
      expect(made).toHaveLength(2);
      for (const artifact of made) {
        expect(factOf(artifact, authority).checks).toMatchObject([{ outcome: "pass" }]);
        expect(factOf(artifact, keyAuthority([makePair(kind).pem])).checks).toMatchObject([
          { outcome: "fail", check: "identity" },
        ]);
      }
    },
  );

  it("says in a verification summary what was checked, and in a promotion who asked", async () => {
    const pair = makePair();
    const authority = keyAuthority([pair.pem]);
    const [vsa, promotion] = await make(
      await open({}, authority, { WAYBILL_SIGN_KEY: pemOf(pair) }),
      authority,
    );
    expect(statementOf(vsa)).toMatchObject({
      _type: "https://in-toto.io/Statement/v1",
      subject: [
        { name: "registry.oslo.example.com/payments/api", digest: { sha256: "a".repeat(64) } },
      ],
      predicateType: VSA,
      predicate: {
        verifier: { id: "https://waybill.dev/verifier/v1" },
        resourceUri: `oci://registry.oslo.example.com/payments/api@${digestOf("a")}`,
        policy: { digest: { sha256: "c".repeat(64), gitCommit: "3".repeat(40) } },
        inputAttestations: [{ digest: { sha256: "d".repeat(64) } }],
        verificationResult: "PASSED",
        verifiedLevels: ["SLSA_BUILD_LEVEL_3", "WAYBILL_CHANNEL_PROD", "WAYBILL_VERIFIED"],
      },
    });
    expect(statementOf(promotion)).toMatchObject({
      predicateType: PROMOTION,
      predicate: {
        channel: "prod",
        site: "oslo",
        tags: ["v1.4.2"],
        change: {
          commit: "1".repeat(40),
          pullRequest: { number: 812 },
          approvers: ["Ola Nordmann"],
        },
        planDigest: digestOf("b"),
        exceptions: ["payments-images CVE-2026-1111"],
      },
    });
    expect(readOwnStatement(factOf(vsa, authority).content)).toMatchObject({
      type: "vsa",
      channel: "prod",
      repository: "registry.oslo.example.com/payments/api",
      digest: digestOf("a"),
    });
    expect(readOwnStatement(factOf(promotion, authority).content)).toMatchObject({
      type: "promotion",
      site: "oslo",
    });
  });

  it("lies at a registry as cosign 3 writes it: one layer, an empty config, its subject", async () => {
    const pair = makePair();
    const authority = keyAuthority([pair.pem]);
    const [vsa] = await make(
      await open({ signKey: "env:KEY" }, authority, { KEY: pemOf(pair) }),
      authority,
    );
    const { manifest, blobs } = vsa ?? {};
    const digest = `sha256:${createHash("sha256")
      .update(manifest?.bytes ?? "")
      .digest("hex")}`;
    expect(manifest?.digest).toBe(digest);
    expect(blobs?.[0]?.bytes.toString()).toBe("{}");
    expect(jsonOf(manifest?.bytes ?? Buffer.of())).toMatchObject({
      artifactType: "application/vnd.dev.sigstore.bundle.v0.3+json",
      config: { mediaType: "application/vnd.oci.empty.v1+json", size: 2 },
      layers: [{ mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json" }],
      subject: { ...SUBJECT },
      annotations: {
        "dev.sigstore.bundle.content": "dsse-envelope",
        "dev.sigstore.bundle.predicateType": VSA,
        "dev.waybill.channel": "prod",
      },
    });
  });

  it("is attached to each platform by one signature where platforms are covered", async () => {
    const pair = makePair();
    const authority = keyAuthority([pair.pem]);
    const signer = await open({ signKey: "env:KEY" }, authority, { KEY: pemOf(pair) });
    const subjects = [SUBJECT, { ...SUBJECT, digest: digestOf("f") }];
    const facts = promotionFacts({ subjects: subjects.map(({ digest }) => digest) });
    const lacking = subjects.map((subject) => ({ subject, types: BOTH }));
    const made = await makeEvidence({ facts, lacking, with: signer, authority }, NEVER);
    expect(made).toHaveLength(4);
    expect(bundleOf(made[0]).equals(bundleOf(made[1]))).toBe(true);
  });

  it("signs the one of the two that was lost, and not the other again", async () => {
    const pair = makePair();
    const authority = keyAuthority([pair.pem]);
    const signer = await open({ signKey: "env:KEY" }, authority, { KEY: pemOf(pair) });
    const lacking = [{ subject: SUBJECT, types: ["promotion"] as const }];
    const made = await makeEvidence(
      { facts: promotionFacts(), lacking, with: signer, authority },
      NEVER,
    );
    expect(made.map(statementOf)).toMatchObject([{ predicateType: PROMOTION }]);
  });

  it("pushes nothing that its own policy would not believe: 13", async () => {
    const pair = makePair();
    const signer = await open({ signKey: "env:KEY" }, keyAuthority([pair.pem]), {
      KEY: pemOf(pair),
    });
    const expired = keyAuthority([{ pem: pair.pem, to: "2026-01-01T00:00:00Z" }]);
    for (const authority of [keyAuthority([makePair().pem]), expired]) {
      await expect(make(signer, authority)).rejects.toMatchObject({ code: "sign-unverified" });
    }
  });
});

describe("000-22 keyless", () => {
  const instance = makeInstance();
  const authority = workflowAuthority(rootOf(instance.root), {
    evidence: { tlog: "required", inclusionProof: "required", timestamp: "optional", sct: "none" },
  });
  const token = identityToken();

  async function keyless(url: { fulcio: string; rekor: string }): Promise<EvidenceSigner> {
    writeFileSync(join(folder, "token"), token);
    return open(
      { identityTokenFile: "token", fulcioUrl: url.fulcio, rekorUrl: url.rekor },
      authority,
    );
  }

  it("signs both statements under one certificate, logged, and the policy's identity finds them good", async () => {
    await using services = await startSignServices(instance, { holder: { notBefore: SIGNED_AT } });
    const made = await make(await keyless(services), authority);
    for (const artifact of made)
      expect(factOf(artifact, authority).checks).toMatchObject([
        { outcome: "pass", signer: { kind: "keyless" }, trustedTime: "2026-06-01T12:00:01.000Z" },
      ]);
    const certificates = services.asked.filter((line) => line.endsWith("signingCert"));
    expect(certificates).toHaveLength(1);
  });

  it("takes the entry that is there where an answer was lost", async () => {
    await using services = await startSignServices(instance, { known: true });
    const made = await make(await keyless(services), authority);
    expect(factOf(made[0], authority).checks).toMatchObject([{ outcome: "pass" }]);
  });

  it("keeps nothing that another identity signed", async () => {
    await using services = await startSignServices(instance, {
      holder: { subject: "https://github.com/other/repo/.github/workflows/x.yml@refs/heads/main" },
    });
    await expect(make(await keyless(services), authority)).rejects.toMatchObject({
      code: "sign-unverified",
    });
  });

  it.for([
    { name: "a refusal that repeats the token", habits: { status: 403 } },
    {
      name: "an answer that repeats the token",
      habits: { fulcioBody: () => JSON.stringify({ message: token }) },
    },
    { name: "something that is no JSON", habits: { fulcioBody: () => token } },
  ])("21: $name never shows it", async ({ habits }) => {
    await using services = await startSignServices(instance, habits);
    const signer = await keyless(services);
    const error = await make(signer, authority).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "sign-certificate" });
    expect(error).toBeInstanceOf(SignError);
    expect(everythingIn(error)).not.toContain(token.split(".")[1]);
  });

  it("21: a file that holds no token is refused without repeating it", async () => {
    writeFileSync(join(folder, "bad-token"), "only-a-secret.bm8tanNvbg.x");
    await using services = await startSignServices(instance);
    const signer = await open(
      { identityTokenFile: "bad-token", fulcioUrl: services.fulcio, rekorUrl: services.rekor },
      authority,
    );
    const error = await make(signer, authority).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: "sign-key", exitCode: 2 });
    expect(everythingIn(error)).not.toContain("only-a-secret");
    expect(services.asked).toEqual([]);
  });

  it("stops when it is told to", async () => {
    await using services = await startSignServices(instance, { status: 503 });
    const signer = await keyless(services);
    const stopped = AbortSignal.abort(new Error("stopped"));
    const facts = promotionFacts();
    await expect(
      makeEvidence(
        { facts, lacking: [{ subject: SUBJECT, types: BOTH }], with: signer, authority },
        stopped,
      ),
    ).rejects.toThrow("stopped");
    expect(services.asked).toEqual([]);
  });
});

function everythingIn(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return `${error.message} ${JSON.stringify(error)} ${error.stack} ${everythingIn(error.cause)}`;
}
