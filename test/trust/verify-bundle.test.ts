import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  envelope,
  keyBundle,
  keylessBundle,
  makePair,
  messageBundle,
  statement,
} from "../support/signing.ts";
import { bundled } from "../support/bundle.ts";
import { ISSUER, makeInstance, SUBJECT } from "../support/sigstore.ts";
import { runVerb, type VerbRun } from "../support/run-verb.ts";

const FILE = Buffer.from("an artifact\n");
const HEX = createHash("sha256").update(FILE).digest("hex");
const pair = makePair();

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "waybill-verify-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));
beforeEach(() => {
  write("artifact", FILE);
  write("key.pub", pair.pem);
  write("bundle.json", messageBundle(pair, FILE));
});

function write(name: string, content: object | string): void {
  const isText = typeof content === "string" || Buffer.isBuffer(content);
  writeFileSync(join(folder, name), isText ? content : JSON.stringify(content));
}

async function run(...args: readonly string[]): Promise<VerbRun> {
  return runVerb(["verify-bundle", ...args], { folder });
}

const BY_KEY = ["--bundle", "bundle.json", "--key", "key.pub"] as const;
const BY_IDENTITY = [
  "--bundle",
  "bundle.json",
  "--certificate-identity",
  SUBJECT,
  "--certificate-oidc-issuer",
  ISSUER,
] as const;

describe("waybill verify-bundle", () => {
  it("says in words, with its exit code, what it found and how old its root is", async () => {
    const { exitCode, out } = await run(...BY_KEY, "artifact");
    expect(exitCode).toBe(0);
    expect(out).toContain("VERIFIED  artifact\n");
    expect(out).toContain(`the key sha256:${Buffer.from(pair.hint, "base64").toString("hex")}`);
    expect(out).toContain("the copy in this package of 2026-11-05 (15d old)");
  });

  it("says what it expected and what it found", async () => {
    write("artifact", "another\n");
    const { exitCode, out } = await run(...BY_KEY, "artifact");
    expect(exitCode).toBe(1);
    expect(out).toMatch(/^NOT VERIFIED {2}artifact\n/);
    expect(out).toContain("the check of subject");
    expect(out).toContain(`found     · sha256:${HEX}`);
  });

  it("takes a digest, and a path before a digest", async () => {
    expect((await run(...BY_KEY, `sha256:${HEX}`)).exitCode).toBe(0);
    const name = `sha256:${"00".repeat(32)}`;
    expect((await run(...BY_KEY, name)).exitCode).toBe(1);
    write(name, FILE);
    expect((await run(...BY_KEY, name)).exitCode).toBe(0);
    rmSync(join(folder, name));
  });

  it("verifies an identity under a root of one's own, and says so as a document", async () => {
    const instance = makeInstance();
    write("root.json", instance.root);
    write("bundle.json", keylessBundle(instance, statement(HEX)));
    const args = [...BY_IDENTITY, "--trusted-root", "root.json"];
    for (const staging of [[], ["--staging"]])
      expect((await run(...args, ...staging, "artifact")).exitCode).toBe(0);
    const { out } = await runVerb(["--format", "json", "verify-bundle", ...args, "artifact"], {
      folder,
    });
    expect(JSON.parse(out)).toMatchObject({
      schema: "waybill.dev/verify-bundle/v1",
      outcome: "pass",
      artifact: "artifact",
      form: "bundle",
      version: "0.3",
      root: { name: "root.json", fetchedAt: null },
      signer: { kind: "keyless", subject: SUBJECT, issuer: ISSUER },
      trustedTime: "2026-06-01T12:00:01.000Z",
      says: "https://example.com/qa/v1",
    });
    const foreign = await run(...BY_IDENTITY, "artifact");
    expect(foreign.exitCode).toBe(1);
    expect(foreign.out).toContain("of a log that the root does not know");
  });

  it("writes nothing of foreign text raw to the terminal (threat 17)", async () => {
    write(
      "bundle.json",
      keyBundle(
        envelope(statement(HEX, { predicateType: "a\u001b[31m\nVERIFIED" }), [pair.privateKey]),
        "x",
      ),
    );
    const { out } = await run(...BY_KEY, "artifact");
    expect(out).not.toContain("\u001b");
    expect(out.split("\n").filter((line) => line.startsWith("VERIFIED"))).toHaveLength(1);
  });

  it.for([
    [
      "--staging without a root",
      ["--staging", ...BY_KEY, "artifact"],
      "no copy of the staging instance's root",
    ],
    [
      "a key and an identity",
      [...BY_KEY, "--certificate-identity", "me", "artifact"],
      "exclude each other",
    ],
    [
      "a key and an issuer",
      [...BY_KEY, "--certificate-oidc-issuer", "me", "artifact"],
      "exclude each other",
    ],
    ["neither", ["--bundle", "bundle.json", "artifact"], "or --key"],
    [
      "an identity without its issuer",
      ["--bundle", "bundle.json", "--certificate-identity", "me", "artifact"],
      "or --key",
    ],
    [
      "an empty identity",
      [
        "--bundle",
        "bundle.json",
        "--certificate-identity",
        "",
        "--certificate-oidc-issuer",
        "i",
        "artifact",
      ],
      "or --key",
    ],
    ["no bundle", ["--key", "key.pub", "artifact"], "--bundle"],
    [
      "a bundle that is not there",
      ["--bundle", "lost.json", "--key", "key.pub", "artifact"],
      "lost.json cannot be read: ENOENT",
    ],
    ["a folder as a bundle", ["--bundle", ".", "--key", "key.pub", "artifact"], "not a bundle"],
    [
      "a key that is none",
      ["--bundle", "bundle.json", "--key", "bundle.json", "artifact"],
      "no public key in PEM",
    ],
    [
      "a root that is none",
      [...BY_KEY, "--trusted-root", "key.pub", "artifact"],
      "key.pub is no trusted root: it is not JSON",
    ],
    [
      "a root that is not there",
      [...BY_KEY, "--trusted-root", "lost", "artifact"],
      "lost cannot be read",
    ],
    ["an artifact that is not there", [...BY_KEY, "lost"], "neither a file nor a digest"],
    ["a digest that is none", [...BY_KEY, "sha256:abcd"], "neither a file nor a digest"],
    ["a folder as the artifact", [...BY_KEY, "."], "is no file"],
  ] as const)("exits with 2 for %s", async ([, args, sentence]) => {
    const { exitCode, out, err } = await run(...args);
    expect(err).toContain(sentence);
    expect(exitCode).toBe(2);
    expect(out).toBe("");
  });

  it.for([
    ["a page", "<!doctype html>", "it is an HTML or XML page, not JSON"],
    ["nothing", "", "it is empty"],
    ["another document", "{}", "neither a Sigstore bundle nor a DSSE envelope nor a statement"],
    ["an unsigned statement", statement(HEX).toString(), "evidence without one"],
    ["deep nesting", "[".repeat(100_000), "nested deeper than 200"],
    [
      "a bundle of another version",
      '{"mediaType":"application/vnd.dev.sigstore.bundle.v0.9+json"}',
      "no bundle of v0.1 to v0.3",
    ],
  ] as const)("exits with 1 for %s instead of a bundle, and says why", async ([, text, reason]) => {
    write("bundle.json", text);
    const { exitCode, out } = await run(...BY_KEY, "artifact");
    expect(out).toContain(reason);
    expect(exitCode).toBe(1);
  });

  it("does not wait for a pipe that nobody writes to", async () => {
    mkdirSync(join(folder, "pipes"), { recursive: true });
    await promisify(execFile)("mkfifo", [join(folder, "pipes/bundle")]);
    const { exitCode } = await run("--bundle", "pipes/bundle", "--key", "key.pub", "artifact");
    expect(exitCode).toBe(2);
  });
});

/** The SHA-256 of 512 MiB of zeros. */
const ZEROS = "9acca8e8c22201155389f65abbf6bc9723edc7384ead80503839f49dcc56d767";

/** Ends the program at its first word to any network, and tells its memory at its end. */
const PRELOAD = `
import dns from "node:dns";
import net from "node:net";
import dgram from "node:dgram";
function refuse() { process.exit(99); }
net.Socket.prototype.connect = refuse;
dgram.Socket.prototype.send = refuse;
dns.lookup = refuse;
process.on("exit", () => process.stderr.write("\\n" + process.resourceUsage().maxRSS));
`;

/** Runs the program by itself; its greatest memory, in MiB, is what it writes last. */
async function alone(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly memory: number }> {
  const measure = `data:text/javascript,${encodeURIComponent(PRELOAD)}`;
  const command = ["--import", measure, bundled("waybill"), "verify-bundle", ...args];
  const result = await promisify(execFile)(process.execPath, command, { cwd: folder }).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { readonly code: number; readonly stderr: string }) => error,
  );
  return { code: result.code, memory: Number(result.stderr.split("\n").at(-1)) / 1024 };
}

describe(
  "waybill verify-bundle by itself, in little memory and without network",
  { timeout: 60_000 },
  () => {
    it("streams a file of 512 MiB", async () => {
      const size = 512 * 1024 * 1024;
      write("large", "");
      truncateSync(join(folder, "large"), size);
      write("large.json", keyBundle(envelope(statement(ZEROS), [pair.privateKey]), ""));
      const { code, memory } = await alone("--bundle", "large.json", "--key", "key.pub", "large");
      rmSync(join(folder, "large"));
      expect(code).toBe(0);
      expect(memory).toBeGreaterThan(10);
      expect(memory).toBeLessThan(220);
    });

    it("verifies an identity with every socket blocked", async () => {
      const instance = makeInstance();
      write("root.json", instance.root);
      write("bundle.json", keylessBundle(instance, statement(HEX)));
      expect((await alone(...BY_IDENTITY, "--trusted-root", "root.json", "artifact")).code).toBe(0);
      expect((await alone(...BY_IDENTITY, "artifact")).code).toBe(1);
    });

    it("does not read a bundle of 50 MiB", async () => {
      write("huge.json", "");
      truncateSync(join(folder, "huge.json"), 50 * 1024 * 1024);
      const { code, memory } = await alone("--bundle", "huge.json", "--key", "key.pub", "artifact");
      expect(code).toBe(2);
      expect(memory).toBeLessThan(180);
    });
  },
);
