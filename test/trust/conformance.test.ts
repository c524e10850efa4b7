import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runVerb, type VerbRun } from "../support/run-verb.ts";
import { argumentsOf, artifactOf, FOLDER, names, there } from "../support/conformance.ts";

let scratch = "";
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), "waybill-conformance-"));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

function digestOf(path: string): string {
  return `sha256:${createHash("sha256").update(readFileSync(path)).digest("hex")}`;
}

async function run(args: readonly string[]): Promise<VerbRun> {
  return runVerb(args, { folder: scratch });
}

describe.runIf(there)("Sigstore's conformance vectors, through the verb", () => {
  it("are all there", () => {
    expect(names()).toHaveLength(35);
  });

  it.for(names())("%s decides as its name says, for the file and for its digest", async (name) => {
    const expected = name.endsWith("_fail") ? 1 : 0;
    const artifact = artifactOf(name);
    for (const what of [artifact, digestOf(artifact)]) {
      const { exitCode, out, err } = await run([...argumentsOf(name), what]);
      expect(exitCode, out + err).toBe(expected);
      expect(out).toMatch(expected === 0 ? /^VERIFIED / : /^NOT VERIFIED /);
    }
  });

  it.for(names().filter((name) => !name.endsWith("_fail")))(
    "%s does not verify for another file, identity or issuer",
    async (name) => {
      const artifact = artifactOf(name);
      const other = join(scratch, "other");
      writeFileSync(other, "something else");
      expect((await run([...argumentsOf(name), other])).exitCode).toBe(1);
      for (const flag of ["--certificate-identity", "--certificate-oidc-issuer"]) {
        const args = argumentsOf(name);
        if (!args.includes(flag)) continue;
        // A prefix would be enough for a pattern that nobody anchored.
        const shorter = args.map((arg, at) => (args[at - 1] === flag ? arg.slice(0, -1) : arg));
        expect((await run([...shorter, artifact])).out).toContain("the check of identity");
      }
    },
  );

  it("refuses a root whose log has no start of validity, which the library takes for always", async () => {
    const name = "trust-root-tlog-validity-end-inclusive";
    const document = JSON.parse(readFileSync(join(FOLDER, name, "trusted_root.json"), "utf8"));
    const root = join(scratch, "root.json");
    const args = argumentsOf(name).map((arg) => (arg.endsWith("trusted_root.json") ? root : arg));
    writeFileSync(root, JSON.stringify(document));
    expect((await run([...args, artifactOf(name)])).exitCode).toBe(0);
    delete document.tlogs[0].publicKey.validFor.start;
    writeFileSync(root, JSON.stringify(document));
    const { exitCode, err } = await run([...args, artifactOf(name)]);
    expect(exitCode).toBe(2);
    expect(err).toContain("tlogs[0].publicKey.validFor.start is absent");
  });

  it("refuses a root with a timestamp authority that has no certificate to borrow a time from", async () => {
    const name = "rekor2-timestamp-outside-trust-root-tsa-validity_fail";
    const document = JSON.parse(readFileSync(join(FOLDER, name, "trusted_root.json"), "utf8"));
    const root = join(scratch, "root.json");
    const args = argumentsOf(name).map((arg) => (arg.endsWith("trusted_root.json") ? root : arg));
    document.timestampAuthorities.push({
      certChain: { certificates: [] },
      validFor: { start: "2025-06-01T00:00:00Z", end: "2025-07-01T00:00:00Z" },
    });
    writeFileSync(root, JSON.stringify(document));
    expect((await run([...args, artifactOf(name)])).exitCode).toBe(2);
  });

  it("refuses an entry of a log that had ended when a timestamp says that it signed", async () => {
    const name = "rekor2-checkpoint-origin-not-first";
    const document = JSON.parse(readFileSync(join(FOLDER, name, "trusted_root.json"), "utf8"));
    const root = join(scratch, "root.json");
    const args = argumentsOf(name).map((arg) => (arg.endsWith("trusted_root.json") ? root : arg));
    for (const log of document.tlogs) log.publicKey.validFor.end = log.publicKey.validFor.start;
    writeFileSync(root, JSON.stringify(document));
    const { exitCode, out } = await run([...args, artifactOf(name)]);
    expect(exitCode).toBe(1);
    expect(out).toContain("an entry of a log that was valid then");
  });

  it("reads several roots in JSON lines as one", async () => {
    const name = "rekor2-checkpoint-origin-not-first";
    const own = JSON.parse(readFileSync(join(FOLDER, name, "trusted_root.json"), "utf8"));
    const other = JSON.parse(
      readFileSync(join(FOLDER, "intoto-with-custom-trust-root/trusted_root.json"), "utf8"),
    );
    const root = join(scratch, "roots.jsonl");
    writeFileSync(root, `${JSON.stringify(other)}\n${JSON.stringify(own)}\n`);
    const args = argumentsOf(name).map((arg) => (arg.endsWith("trusted_root.json") ? root : arg));
    expect((await run([...args, artifactOf(name)])).exitCode).toBe(0);
    writeFileSync(root, `${JSON.stringify(other)}\n{"mediaType": "text/plain"}\n`);
    expect((await run([...args, artifactOf(name)])).err).toContain("line 2");
  });
});
