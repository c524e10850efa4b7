import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROMOTION, RELEASE_NOTES } from "#model";
import { FakeGitHub } from "../support/github/index.ts";
import { mustRun, requireTool } from "../support/real/program.ts";
import { promotionsRepository } from "../support/real/promotions-repository.ts";
import { OLAREG } from "../support/real/registries.ts";
import { startServer } from "../support/real/server.ts";
import { leftOut, openMatrix } from "../support/real/tables.ts";

const SOURCE = "acme/api";
const TRUST = `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  bot: { key: { file: policies/trust/bot.pub } }
rules: []
noMatch: allow
signing: { authority: bot, verifierId: "https://waybill.dev/verifier/v1" }
`;

const matrix = openMatrix();
const missing = requireTool("cosign", "crane", "olareg");
if (missing !== undefined) leftOut("1 row of the matrix: release notes that are attached", missing);

let folder = "";
let env: Record<string, string> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-notes-"));
  env = { HOME: folder, DOCKER_CONFIG: folder };
  await writeFile(join(folder, "file"), "an image");
  await mustRun("tar", ["-C", folder, "-cf", join(folder, "layer.tar"), "file"]);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function makeKey(name: string): Promise<{ readonly key: string; readonly pub: string }> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const files = { key: join(folder, `${name}.pem`), pub: join(folder, `${name}.pub`) };
  await writeFile(files.key, privateKey.export({ type: "pkcs8", format: "pem" }));
  await writeFile(files.pub, publicKey.export({ type: "spki", format: "pem" }));
  return files;
}

/** An image that says from which commit it was made, as a build's flags do; its digest. */
async function pushImage(source: string, version: string, made: string): Promise<string> {
  const [at, layer] = [`${source}:${version}`, join(folder, "layer.tar")];
  await mustRun("crane", ["append", "--oci-empty-base", "-f", layer, "-t", at], { env });
  const says = made.split(" ").flatMap((one) => ["--annotation", one]);
  await mustRun("crane", ["mutate", ...says, "-t", at, at], { env });
  return (await mustRun("crane", ["digest", at], { env })).trim();
}

async function verified(image: string, pub: string, type: string): Promise<string> {
  const offline = ["--insecure-ignore-tlog=true", "--allow-http-registry"];
  const args = ["verify-attestation", "--key", pub, "--type", type, ...offline, image];
  return mustRun("cosign", args, { env });
}

describe.skipIf(missing !== undefined)("release notes", { timeout: 180_000 }, () => {
  it("002-65 cosign verify-attestation accepts what notes --attach attached, and under no other key", async () => {
    await using registry = await startServer(OLAREG);
    await using github = await FakeGitHub.start();
    await github.addRepository(SOURCE);
    const first = { branch: "main", by: "alice", repository: SOURCE, files: { a: "1" } };
    const from = await github.push(first);
    await github.push({ ...first, branch: "json", files: { b: "1" } });
    const body = "Breaking: use JSON";
    const asked = { head: "json", author: "bob", repository: SOURCE, title: "Drop XML", body };
    const { number } = await github.openPull(asked);
    const to = await github.merge(number, { by: "alice", repository: SOURCE });

    const source = `${registry.host}/builds/api`;
    const said = `org.opencontainers.image.source=${github.origin}/${SOURCE}`;
    const revision = "org.opencontainers.image.revision";
    const old = await pushImage(source, "v1.0.0", `${said} ${revision}=${from}`);
    const digest = await pushImage(source, "v1.1.0", `${said} ${revision}=${to}`);
    const [bot, other] = [await makeKey("bot"), await makeKey("other")];
    await using repository = await promotionsRepository();
    await repository.write("policies/trust.yaml", TRUST);
    await repository.write("policies/trust/bot.pub", await mustRun("cat", [bot.pub]));
    const attestation = { attach: "auto" };
    await repository.say({
      sites: { oslo: `${registry.host}/live` },
      channels: { prod: { to: "{name}", sites: { require: ["oslo"] }, attestation } },
      artifacts: [
        {
          id: "payments/api",
          source,
          versions: [
            { version: "v1.1.0", digest, channels: ["prod"] },
            { version: "v1.0.0", digest: old, channels: ["prod"] },
          ],
        },
      ],
    });
    const sign = ["--sign-key", `file:${bot.key}`];
    const applied = await repository.waybill(["apply", "--yes", ...sign]);
    expect(applied, applied.stderr + applied.stdout).toMatchObject({ code: 0 });
    const attach = ["notes", "payments/api@v1.1.0", "--channel", "prod", "--attach", ...sign];
    const token = github.userToken("alice");
    const ran = await repository.waybill(attach, { env: github.env(token) });
    expect(ran, ran.stderr).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("attached at oslo"),
    });

    const image = `${registry.host}/live/api@${digest}`;
    const accepted = await verified(image, bot.pub, RELEASE_NOTES);
    const [line = ""] = accepted.split("\n").filter((text) => text.startsWith("{"));
    const { payload }: { payload: string } = JSON.parse(line);
    expect(JSON.parse(Buffer.from(payload, "base64").toString())).toMatchObject({
      predicateType: RELEASE_NOTES,
      predicate: {
        against: "v1.0.0",
        sections: { breaking: [{ number, title: "Drop XML", text: "use JSON" }] },
      },
    });
    await expect(verified(image, other.pub, RELEASE_NOTES)).rejects.toThrow();
    // Beside them the pair is what it was.
    await verified(image, bot.pub, PROMOTION);
    for (const [what, verdict] of [
      ["release notes", "accepted"],
      ["release notes, under another key", "refused"],
    ] as const)
      matrix.judged({ maker: "waybill", what, judge: "cosign verify-attestation", verdict });
  });
});
