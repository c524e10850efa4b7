import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  artifactOfDigest,
  examine,
  openExaminer,
  type EvidenceBlob,
  type VerifyingAuthority,
} from "#trust";
import type { Digest, EvidenceFact } from "#model";
import { proofKey, basisOf } from "../../../src/trust/proofs/proof-key.ts";
import {
  envelope,
  keyBundle,
  keylessBundle,
  makePair,
  messageBundle,
  statement,
  type Pair,
} from "../../support/signing.ts";
import { logEntry, makeInstance, sha256, SUBJECT } from "../../support/sigstore.ts";
import {
  ASK_NOTHING,
  keyAuthority,
  NOW,
  rootOf,
  workflowAuthority,
} from "../../support/verifying.ts";

const HEX = "a".repeat(64);
const DIGEST: Digest = `sha256:${HEX}` as Digest;
const instance = makeInstance();
const root = rootOf(instance.root);
const BUNDLE: EvidenceBlob = {
  mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
  bytes: Buffer.from(JSON.stringify(keylessBundle(instance, statement(HEX)))),
  annotations: {},
};

let scratch = "";
let folder = "";
beforeEach(() => {
  scratch = mkdtempSync(join(tmpdir(), "waybill-proofs-"));
  folder = join(scratch, "caches", "proofs");
});
afterEach(() => rmSync(scratch, { recursive: true, force: true }));

interface Asked {
  readonly found?: EvidenceBlob;
  readonly authority?: VerifyingAuthority;
  readonly digest?: Digest;
  readonly now?: Date;
  readonly toolVersion?: string;
}

async function ask(asked: Asked = {}): Promise<EvidenceFact> {
  const { toolVersion = "1.0.0" } = asked;
  using examiner = openExaminer({ expected: 1, kept: { folder, toolVersion }, cores: 1 });
  return await examiner.examine(asked.found ?? BUNDLE, requestOf(asked));
}

function requestOf({
  authority = workflowAuthority(root),
  digest = DIGEST,
  now = NOW,
}: Asked): Parameters<typeof examine>[1] {
  const artifact = artifactOfDigest(digest);
  const authorities = new Map([["ci", authority]]);
  return { digest, subject: digest, artifact, authorities, now, others: [] };
}

function kept(): readonly string[] {
  return readdirSync(folder);
}

type Kept = { proofs?: { signer?: object }[]; key?: string } & Record<string, unknown>;

/** Puts another proof in the place of the one that is kept: whoever believes it is found out. */
function forge(change: (document: Kept) => void): void {
  const [name = ""] = kept();
  const document = JSON.parse(readFileSync(join(folder, name), "utf8"));
  change(document);
  writeFileSync(join(folder, name), JSON.stringify(document));
}

function forgeSubject(): void {
  forge((document) => Object.assign(document.proofs?.[0]?.signer ?? {}, { subject: "forged" }));
}

/** What a key signed and a log proves to include, without a promise that says when. */
function logged(pair: Pair): Buffer {
  const payload = statement(HEX);
  const sealed = envelope(payload, [pair.privateKey]);
  const signature = Buffer.from(sealed.signatures[0]?.sig ?? "", "base64");
  const hash = sha256(payload);
  const entry = logEntry(instance, { kind: "dsse", verifier: pair.pem, signature, hash });
  const bundle = Object.assign(keyBundle(sealed, pair.hint), {
    verificationMaterial: {
      publicKey: { hint: pair.hint },
      tlogEntries: [{ ...entry, inclusionPromise: undefined }],
    },
  });
  return Buffer.from(JSON.stringify(bundle));
}

function subjectOf(fact: EvidenceFact): string | undefined {
  const signer = fact.checks[0]?.signer;
  return signer?.kind === "keyless" ? signer.subject : undefined;
}

describe("proofs of earlier runs", () => {
  it("are kept for nobody else, and tell the same", async () => {
    const first = await ask();
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(kept()).toHaveLength(1);
    expect(statSync(join(folder, kept()[0] ?? "")).mode & 0o777).toBe(0o600);
    expect(await ask()).toEqual(first);
    expect(first).toEqual(examine(BUNDLE, requestOf({})));
    expect(first.checks[0]?.outcome).toBe("pass");
  });

  it("are read again, and not proved again", async () => {
    await ask();
    forgeSubject();
    expect(subjectOf(await ask())).toBe("forged");
  });

  it.for<readonly [string, Asked]>([
    ["other evidence", { found: { ...BUNDLE, annotations: { a: "b" } } }],
    ["another subject", { digest: `sha256:${"b".repeat(64)}` as Digest }],
    [
      "another root",
      { authority: workflowAuthority(rootOf({ ...instance.root, ctlogs: [], x: 1 })) },
    ],
    [
      "another demand",
      { authority: workflowAuthority(root, { evidence: { ...ASK_NOTHING, tlog: "required" } }) },
    ],
    ["another version of the tool", { toolVersion: "1.0.1" }],
  ])("are not believed about %s", async ([, asked]) => {
    await ask();
    forgeSubject();
    expect([SUBJECT, undefined]).toContain(subjectOf(await ask(asked)));
    expect(kept()).toHaveLength(2);
  });

  it("say nothing of identity, subject and time: those are judged each time", async () => {
    await ask();
    const other = workflowAuthority(root, { subject: "https://example.com/another" });
    expect((await ask({ authority: other })).checks[0]).toMatchObject({ outcome: "fail" });
    expect(kept()).toHaveLength(1);
    const pair = makePair();
    const found = { ...BUNDLE, bytes: logged(pair) };
    const to = "2026-12-31T00:00:00Z";
    const release = keyAuthority([{ pem: pair.pem, to }], { root });
    const before = await ask({ found, authority: release });
    expect(before.checks[0]?.outcome).toBe("pass");
    const late = await ask({ found, authority: release, now: new Date("2027-02-01T00:00:00Z") });
    expect(late.checks[0]).toMatchObject({ outcome: "fail", check: "time" });
  });

  it.for<readonly [string, (document: Kept) => void]>([
    ["of another place", (document) => (document.key = "0".repeat(64))],
    ["of no signature", (document) => (document.proofs = [])],
    ["of no check", (document) => Object.assign(document, { proofs: [{ checks: [], times: [] }] })],
    [
      "of no known check",
      (document) => Object.assign(document, { proofs: [{ checks: [{}], times: [] }] }),
    ],
    ["that is another document", (document) => delete document.proofs],
  ])("are proved again where a file is %s", async ([, change]) => {
    const first = await ask();
    forge((document) => change(document));
    expect(await ask()).toEqual(first);
  });

  it("are not kept of what a key alone signed: that is sooner proved than read", async () => {
    const pair = makePair();
    const bytes = Buffer.from(JSON.stringify(messageBundle(pair, Buffer.from("a file"))));
    await ask({ found: { ...BUNDLE, bytes }, authority: keyAuthority([pair.pem], { root }) });
    expect(() => kept()).toThrow("ENOENT");
  });

  it.for<readonly [string, () => void]>([
    ["others can read", () => mkdirSync(folder, { recursive: true, mode: 0o755 })],
    [
      "is a link",
      () => {
        mkdirSync(join(scratch, "elsewhere"), { mode: 0o700 });
        mkdirSync(join(scratch, "caches"));
        symlinkSync(join(scratch, "elsewhere"), folder);
      },
    ],
    [
      "is a file",
      () => {
        mkdirSync(join(scratch, "caches"));
        writeFileSync(folder, "");
        chmodSync(folder, 0o600);
      },
    ],
  ])("are neither kept nor believed where the folder %s", async ([, make]) => {
    make();
    expect((await ask()).checks[0]?.outcome).toBe("pass");
    const files = readdirSync(scratch, { recursive: true, encoding: "utf8" });
    expect(files.filter((name) => /[0-9a-f]{64}/.test(name))).toEqual([]);
  });

  it("have names that differ where anything differs", () => {
    const artifact = artifactOfDigest(DIGEST);
    const basis = basisOf(workflowAuthority(root));
    const key = proofKey({ found: BUNDLE, artifact, basis }, "1");
    const file = { mediaType: undefined, bytes: BUNDLE.bytes };
    expect(proofKey({ found: file, artifact, basis }, "1")).not.toBe(key);
    const withBytes = { ...artifact, bytes: Buffer.from("x") };
    expect(proofKey({ found: BUNDLE, artifact: withBytes, basis }, "1")).not.toBe(key);
    expect(proofKey({ found: BUNDLE, artifact, basis }, "1")).toBe(key);
  });
});
