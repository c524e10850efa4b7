import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  openSigner,
  parsePublicKey,
  type EvidenceSigner,
  type SigningOptions,
  type VerifyingAuthority,
} from "#trust";
import { checkSignature } from "../../../src/trust/crypto/signature.ts";
import { commandSigner, splitCommand } from "../../../src/trust/sign/command-signer.ts";
import { makePair, KEY_KINDS } from "../../support/signing.ts";
import { makeInstance } from "../../support/sigstore.ts";
import { keyAuthority, rootOf, workflowAuthority } from "../../support/verifying.ts";

const NEVER = new AbortController().signal;
const pair = makePair();
const SECRET = pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
const ours = keyAuthority([pair.pem]);
const COSIGN = `-----BEGIN ENCRYPTED SIGSTORE PRIVATE KEY-----\n${Buffer.from("a secret box").toString("base64")}\n-----END ENCRYPTED SIGSTORE PRIVATE KEY-----\n`;

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waybill-key-"));
  writeFileSync(join(folder, "key.pem"), SECRET);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(
  options: SigningOptions,
  {
    env = {},
    authority = ours,
  }: { env?: Record<string, string>; authority?: VerifyingAuthority } = {},
): Promise<EvidenceSigner | undefined> {
  return openSigner(options, { env, folder, now: () => new Date() }, authority);
}

describe("000-22 where a key comes from", () => {
  it.for([
    { name: "file:PATH", options: { signKey: "file:key.pem" }, env: {} },
    { name: "env:NAME", options: { signKey: "env:K" }, env: { K: SECRET } },
    {
      name: "env:NAME in one line",
      options: { signKey: "env:K" },
      env: { K: SECRET.replaceAll("\n", "\\n") },
    },
    { name: "WAYBILL_SIGN_KEY", options: {}, env: { WAYBILL_SIGN_KEY: SECRET } },
    { name: "WAYBILL_SIGN_KEY=file:PATH", options: {}, env: { WAYBILL_SIGN_KEY: "file:key.pem" } },
  ])("$name", async ({ options, env }) => {
    const opened = await open(options, { env });
    const signed = await opened?.signer.sign(Buffer.from("x"), NEVER);
    expect(signed?.by).toMatchObject({ kind: "key", key: { type: "P-256" } });
    expect(opened?.signer.name).not.toContain("PRIVATE");
  });

  it.for([
    ["that is not there", "none.pem", "ENOENT"],
    ["that is a folder", ".", "EISDIR"],
    ["under what is no folder", "key.pem/x", "ENOTDIR"],
    ["that is too large", "large.pem", "too large"],
  ] as const)("a file %s is told with the system's own reason", async ([, path, why]) => {
    writeFileSync(join(folder, "large.pem"), "x".repeat(100_000));
    await expect(open({ signKey: `file:${path}` })).rejects.toMatchObject({
      code: "sign-key",
      message: expect.stringContaining(why),
    });
    const url = "https://127.0.0.1:1";
    const token = { identityTokenFile: join(folder, path), fulcioUrl: url, rekorUrl: url };
    const authority = workflowAuthority(rootOf(makeInstance().root));
    const keyless = await open(token, { authority });
    await expect(keyless?.signer.sign(Buffer.from("x"), NEVER)).rejects.toMatchObject({
      code: "sign-key",
      message: expect.stringContaining(why),
    });
  });

  it("nothing said is nobody, whatever the machine itself is", async () => {
    const env = {
      ACTIONS_ID_TOKEN_REQUEST_URL: "https://token.test",
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "t",
      SIGSTORE_ID_TOKEN: "t",
    };
    expect(await open({}, { env })).toBeUndefined();
  });
});

describe("what cannot be used is exit 2 before anything is signed, and repeats no secret: 21", () => {
  const other = makePair().privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  const keyless = workflowAuthority(rootOf(makeInstance().root));
  it.for<{
    name: string;
    options: SigningOptions;
    env?: Record<string, string>;
    authority?: VerifyingAuthority;
    says: RegExp;
  }>([
    {
      name: "a key on the command line",
      options: { signKey: SECRET },
      says: /must be env:NAME, file:PATH or exec:COMMAND/,
    },
    {
      name: "a variable that is not set",
      options: { signKey: "env:NOT_THERE" },
      says: /NOT_THERE, which is not set/,
    },
    {
      name: "a file that is not there",
      options: { signKey: "file:nothing.pem" },
      says: /not there/,
    },
    {
      name: "cosign's encrypted key",
      options: { signKey: "env:K" },
      env: { K: COSIGN },
      says: /exec:cosign sign-blob.*openssl genpkey.*cosign import-key-pair/,
    },
    {
      name: "an encrypted PKCS #8 key",
      options: { signKey: "env:K" },
      env: {
        K: makePair()
          .privateKey.export({
            type: "pkcs8",
            format: "pem",
            cipher: "aes-256-cbc",
            passphrase: "p",
          })
          .toString(),
      },
      says: /openssl pkey/,
    },
    {
      name: "a key in SEC1",
      options: { signKey: "env:K" },
      env: { K: pair.privateKey.export({ type: "sec1", format: "pem" }).toString() },
      says: /openssl pkcs8 -topk8/,
    },
    {
      name: "a public key",
      options: { signKey: "env:K" },
      env: { K: pair.pem },
      says: /it holds a PUBLIC KEY/,
    },
    {
      name: "broken PEM",
      options: { signKey: "env:K" },
      env: { K: "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----" },
      says: /cannot be read as a private key/,
    },
    {
      name: "text",
      options: { signKey: "env:K" },
      env: { K: "hunter2" },
      says: /no private key in PEM/,
    },
    {
      name: "somebody else's key",
      options: { signKey: "env:K" },
      env: { K: other },
      says: /none of the signing authority's/,
    },
    {
      name: "a key for a keyless authority",
      options: { signKey: "file:key.pem" },
      authority: keyless,
      says: /authority .* is keyless/,
    },
    {
      name: "an identity for an authority of keys",
      options: { identityTokenFile: "t", fulcioUrl: "https://f.test", rekorUrl: "https://r.test" },
      says: /has keys/,
    },
    {
      name: "a token and no Fulcio",
      options: { identityTokenFile: "t" },
      authority: keyless,
      says: /both/,
    },
    {
      name: "an identity and nobody who says when",
      options: { identityTokenFile: "t", fulcioUrl: "https://f.test" },
      authority: keyless,
      says: /--rekor-url or --tsa-url/,
    },
    {
      name: "a token in the clear",
      options: { identityTokenFile: "t", fulcioUrl: "http://f.test", rekorUrl: "https://r.test" },
      authority: keyless,
      says: /--fulcio-url cannot be used: it must begin with https/,
    },
    {
      name: "a name in a URL",
      options: { signKey: "file:key.pem", rekorUrl: "https://a:hunter2@r.test" },
      says: /--rekor-url cannot be used/,
    },
    {
      name: "a key and an identity",
      options: { signKey: "file:key.pem", identityTokenFile: "t", fulcioUrl: "https://f.test" },
      says: /exclude each other/,
    },
    { name: "a command that is none", options: { signKey: "exec:" }, says: /names no command/ },
    { name: "an open quote", options: { signKey: "exec:sign 'x" }, says: /quote/ },
  ])("$name", async ({ options, env = {}, authority = ours, says }) => {
    const error: unknown = await open(options, { env, authority }).catch(
      (caught: unknown) => caught,
    );
    expect(error).toMatchObject({
      code: "sign-key",
      exitCode: 2,
      message: expect.stringMatching(says) as string,
    });
    const text = error instanceof Error ? `${error.message} ${error.stack}` : "";
    for (const secret of ["hunter2", "c2VjcmV0", SECRET.split("\n")[1] ?? ""])
      expect(text).not.toContain(secret);
  });
});

function command(text: string): string {
  const path = join(folder, "sign.mjs");
  writeFileSync(
    path,
    `import { createPrivateKey, sign } from "node:crypto"; import { readFileSync } from "node:fs";\n${text}`,
  );
  chmodSync(path, 0o755);
  return `exec:${process.execPath} ${path}`;
}

describe("000-22 002-89 a signing command", () => {
  const SIGN = `const key = createPrivateKey(readFileSync("key.pem")); const made = sign("sha256", readFileSync(0), key);`;

  it.for([
    { name: "base64", text: `${SIGN} console.log(made.toString("base64"))` },
    {
      name: "base64 in lines",
      text: `${SIGN} console.log(made.toString("base64").replace(/(.{20})/g, "$1\\n"))`,
    },
    { name: "the bytes themselves", text: `${SIGN} process.stdout.write(made)` },
  ])("prints $name", async ({ text }) => {
    const opened = await open({ signKey: command(text) });
    const bytes = Buffer.from("what is signed");
    const signed = await opened?.signer.sign(bytes, NEVER);
    const key = parsePublicKey(Buffer.from(pair.pem));
    if (typeof key === "string" || signed === undefined) throw new Error("nothing was signed");
    expect(checkSignature(key, signed.signature, { bytes, digests: new Map() })).toBe(true);
  });

  it.for([
    {
      name: "ends badly and says a secret",
      text: `console.error("hunter2"); process.exit(3)`,
      says: /exit code 3/,
    },
    {
      name: "signs something else",
      text: `console.log(sign("sha256", Buffer.from("else"), createPrivateKey(readFileSync("key.pem"))).toString("base64"))`,
      says: /no signature by a key/,
    },
    { name: "prints nothing", text: "", says: /no signature by a key/ },
    {
      name: "prints for ever",
      text: `for (let n = 0; n < 100; n++) console.log("hunter2".repeat(1000))`,
      says: /more than any signature/,
    },
  ])("21: $name", async ({ text, says }) => {
    const opened = await open({ signKey: command(text) });
    const error: unknown = await opened?.signer
      .sign(Buffer.from("x"), NEVER)
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: "sign-command",
      message: expect.stringMatching(says) as string,
    });
    expect(error instanceof Error ? error.message : "").not.toContain("hunter2");
  });

  it("has a deadline, and ends with the run", async () => {
    const words = [process.execPath, "-e", "setTimeout(() => {}, 60000)"] as const;
    const slow = commandSigner({ words, env: process.env, folder, keys: [], deadlineMs: 200 });
    await expect(slow.sign(Buffer.from("x"), NEVER)).rejects.toThrow("did not answer in time");
    const patient = commandSigner({ words, env: process.env, folder, keys: [] });
    await expect(patient.sign(Buffer.from("x"), AbortSignal.timeout(100))).rejects.toThrow();
  });

  it("gets its words as they are: no shell reads them", () => {
    expect(splitCommand(`kms sign --key "a b" --note '$(rm)' x"y z"`)).toEqual([
      "kms",
      "sign",
      "--key",
      "a b",
      "--note",
      "$(rm)",
      "xy z",
    ]);
    expect(splitCommand("  ")).toBe("it names no command");
  });

  it.for(KEY_KINDS)("a key of type %s signs", async (kind) => {
    const one = makePair(kind);
    const K = one.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const opened = await open(
      { signKey: "env:K" },
      { env: { K }, authority: keyAuthority([one.pem]) },
    );
    expect(await opened?.signer.sign(Buffer.from("x"), NEVER)).toMatchObject({
      by: { kind: "key" },
    });
  });
});
