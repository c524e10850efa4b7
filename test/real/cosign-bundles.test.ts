import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runVerb } from "../support/run-verb.ts";
import { artifactOfBytes } from "#trust";

const isThere = (process.env["PATH"] ?? "")
  .split(delimiter)
  .some((folder) => existsSync(join(folder, "cosign")));
if (!isThere) console.warn("SKIPPED: cosign is not on PATH");

/** Nothing is uploaded, and nothing is asked of Sigstore's public instance. */
const OFFLINE = ["--use-signing-config=false", "--tlog-upload=false", "-y"] as const;
const FILE = Buffer.alloc(100_000, "an artifact ");
const SHA256 = `sha256:${artifactOfBytes(FILE).digests.get("sha256") ?? ""}`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waybill-cosign-"));
  writeFileSync(join(folder, "artifact"), FILE);
  writeFileSync(join(folder, "predicate.json"), '{"result":"passed"}');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function cosign(...args: readonly string[]): Promise<void> {
  const env = { ...process.env, HOME: folder, COSIGN_PASSWORD: "only for this test" };
  await promisify(execFile)("cosign", args, { cwd: folder, env });
}

async function verify(bundle: string, artifact: string): Promise<{ code: number; out: string }> {
  const args = ["verify-bundle", "--bundle", bundle, "--key", "key.pub", artifact];
  const { exitCode, out, err } = await runVerb(args, { folder });
  return { code: exitCode, out: out + err };
}

function makeKey(kind: "P-256" | "P-384" | "P-521" | "rsa"): string {
  const { privateKey } =
    kind === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 3072 })
      : generateKeyPairSync("ec", { namedCurve: kind });
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

describe.skipIf(!isThere)("what cosign makes with a key, through verify-bundle", () => {
  it.for(["P-256", "P-384", "P-521", "rsa"] as const)("%s", async (kind) => {
    writeFileSync(join(folder, "key.pem"), makeKey(kind));
    await cosign("import-key-pair", "--key", "key.pem", "--output-key-prefix", "key", "-y");
    const key = ["--key", "key.key", ...OFFLINE];
    await cosign("sign-blob", ...key, "--bundle", "signature.json", "artifact");
    const old = ["--new-bundle-format=false", "--output-signature", "signature.txt"];
    await cosign("sign-blob", ...key, ...old, "--bundle", "old.json", "artifact");
    const qa = ["--predicate", "predicate.json", "--type", "https://example.com/qa/v1"];
    await cosign("attest-blob", ...key, ...qa, "--bundle", "attestation.json", "artifact");
    for (const bundle of ["signature.json", "old.json", "signature.txt", "attestation.json"]) {
      expect(await verify(bundle, "artifact"), bundle).toMatchObject({ code: 0 });
      expect(await verify(bundle, "predicate.json"), bundle).toMatchObject({ code: 1 });
    }
    const { code, out } = await verify("attestation.json", SHA256);
    expect(out).toContain("https://example.com/qa/v1");
    expect(code).toBe(0);
    expect((await verify("signature.json", SHA256)).code).toBe(
      kind === "P-384" || kind === "P-521" ? 1 : 0,
    );
    const secret = ["--bundle", "signature.json", "--key", "key.key", "artifact"];
    const refused = await runVerb(["verify-bundle", ...secret], { folder });
    expect(refused.exitCode).toBe(2);
    expect(refused.err).toContain("cosign public-key --key");
  });
});
