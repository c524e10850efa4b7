import { generateKeyPairSync } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { PROMOTION, VSA } from "#model";
import { mustRun, requireTool } from "../support/real/program.ts";
import {
  promotionsRepository,
  type PromotionsRepository,
} from "../support/real/promotions-repository.ts";
import { DISTRIBUTION_3, OLAREG } from "../support/real/registries.ts";
import { startServer, type RealRegistry, type ServerKind } from "../support/real/server.ts";
import { leftOut, openMatrix } from "../support/real/tables.ts";

const OFFLINE = ["--tlog-upload=false", "--use-signing-config=false", "--yes"] as const;
const KINDS = ["P-256", "P-384", "P-521", "rsa", "ed25519"] as const;
type Kind = (typeof KINDS)[number];

const matrix = openMatrix();
const missing = requireTool("cosign", "crane", "openssl", "olareg", "registry");

const noSlsaVerifier = requireTool("slsa-verifier");
if (missing !== undefined) leftOut("13 rows of the matrix: what waybill attests", missing);
else if (noSlsaVerifier !== undefined)
  leftOut("2 rows of the matrix: waybill's summary, by slsa-verifier", noSlsaVerifier);

let folder = "";
let env: Record<string, string> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-attest-"));
  env = { HOME: folder, DOCKER_CONFIG: folder, COSIGN_PASSWORD: "only for this test" };
  if (missing === undefined) await mustRun("cosign", ["generate-key-pair"], { cwd: folder, env });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function makeKey(kind: Kind): Promise<{ readonly key: string; readonly publicKey: string }> {
  const { privateKey, publicKey } =
    kind === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 3072 })
      : kind === "ed25519"
        ? generateKeyPairSync("ed25519")
        : generateKeyPairSync("ec", { namedCurve: kind });
  const files = { key: join(folder, `${kind}.pem`), publicKey: join(folder, `${kind}.pub`) };
  await writeFile(files.key, privateKey.export({ type: "pkcs8", format: "pem" }));
  await writeFile(files.publicKey, publicKey.export({ type: "spki", format: "pem" }));
  return files;
}

interface Promotion extends AsyncDisposable {
  readonly repository: PromotionsRepository;
  readonly registry: RealRegistry;
  /** Where prod puts it. */
  readonly image: string;
}

const TRUST = `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  ci: { key: { file: policies/trust/ci.pub } }
  bot: { key: { file: policies/trust/bot.pub } }
rules:
  - { name: signed, require: [{ signature: { anyOf: [ci] } }] }
signing: { authority: bot, verifierId: "https://waybill.dev/verifier/v1" }
`;

/** An image that cosign signed with a key of its own, and a channel that wants our statements about it. */
async function openPromotion(kind: ServerKind, bot: string, attach = "auto"): Promise<Promotion> {
  const registry = await startServer(kind);
  const source = `${registry.host}/builds/api`;
  await writeFile(join(folder, "file"), "an image");
  await mustRun("tar", ["-C", folder, "-cf", join(folder, "layer.tar"), "file"]);
  await mustRun(
    "crane",
    ["append", "--oci-empty-base", "-f", join(folder, "layer.tar"), "-t", `${source}:v1.0.0`],
    { env },
  );
  const digest = (await mustRun("crane", ["digest", `${source}:v1.0.0`], { env })).trim();
  const how = ["--key", join(folder, "cosign.key"), "--allow-http-registry", ...OFFLINE];
  await mustRun("cosign", ["sign", ...how, `${source}@${digest}`], { env });
  const repository = await promotionsRepository();
  await repository.write("policies/trust.yaml", TRUST);
  await repository.write(
    "policies/trust/ci.pub",
    await readFile(join(folder, "cosign.pub"), "utf8"),
  );
  await repository.write("policies/trust/bot.pub", await readFile(bot, "utf8"));
  await repository.say({
    sites: { oslo: `${registry.host}/live` },
    channels: {
      prod: {
        to: "{name}",
        sites: { require: ["oslo"] },
        requires: { trust: "verified" },
        attestation: { attach },
      },
    },
    artifacts: [
      { id: "payments/api", source, versions: [{ version: "v1.0.0", digest, channels: ["prod"] }] },
    ],
  });
  return {
    repository,
    registry,
    image: `${registry.host}/live/api@${digest}`,
    async [Symbol.asyncDispose]() {
      await repository[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

function judged(what: string, judge: string, verdict: string): void {
  matrix.judged({ maker: "waybill", what, judge, verdict });
}

async function cosignAccepts(
  image: string,
  publicKey: string,
  type: string,
  more: Record<string, string> = {},
): Promise<string> {
  const offline = ["--insecure-ignore-tlog=true", "--allow-http-registry"];
  const args = ["verify-attestation", "--key", publicKey, "--type", type, ...offline, image];
  return mustRun("cosign", args, { env: { ...env, ...more } });
}

describe.skipIf(missing !== undefined)(
  "what we attest, and who accepts it",
  { timeout: 180_000 },
  () => {
    it.for(KINDS)(
      "002-44 cosign verify-attestation accepts both statements, signed with %s",
      async (kind) => {
        const { key, publicKey } = await makeKey(kind);
        await using promotion = await openPromotion(OLAREG, publicKey);
        const { repository, image } = promotion;
        const said = await repository.waybill(["apply", "--yes", "--sign-key", `file:${key}`]);
        expect(said.stderr + said.stdout).not.toContain("failed");
        expect(said.code).toBe(0);
        for (const type of [VSA, PROMOTION]) {
          expect(await cosignAccepts(image, publicKey, type)).toContain(
            "application/vnd.in-toto+json",
          );
        }
        await expect(cosignAccepts(image, join(folder, "cosign.pub"), VSA)).rejects.toThrow();
        judged(`two bundles, ${kind} key`, "cosign verify-attestation", "accepted");
        judged("two bundles, under another key", "cosign verify-attestation", "refused");
        expect(
          await mustRun(
            "cosign",
            [
              "verify",
              "--key",
              join(folder, "cosign.pub"),
              "--insecure-ignore-tlog=true",
              "--allow-http-registry",
              image,
            ],
            { env },
          ),
        ).toContain("[");
      },
    );

    it.for([OLAREG, DISTRIBUTION_3])(
      "002-44 finds them on $name, and signs no second time",
      async (kind) => {
        const { key, publicKey } = await makeKey("P-256");
        await using promotion = await openPromotion(kind, publicKey);
        const { repository, image } = promotion;
        const sign = ["--sign-key", `file:${key}`];
        expect((await repository.waybill(["apply", "--yes", ...sign])).code).toBe(0);
        await cosignAccepts(image, publicKey, PROMOTION);
        judged(`two bundles, on ${kind.name}`, "cosign verify-attestation", "accepted");
        const plan = await repository.waybill(["plan", "--deep", "--format", "json"]);
        expect(plan.json).toMatchObject({ actions: [], blocked: [] });
      },
    );

    it("002-45 cosign finds them beside the image, where they are kept apart", async () => {
      const { key, publicKey } = await makeKey("P-256");
      await using promotion = await openPromotion(OLAREG, publicKey, "separate");
      const { repository, image } = promotion;
      const said = await repository.waybill(["apply", "--yes", "--sign-key", `file:${key}`]);
      expect(said.code).toBe(0);
      const beside = image.replace(/@.*/u, "-evidence");
      await cosignAccepts(image, publicKey, VSA, { COSIGN_REPOSITORY: beside });
      judged("two bundles, beside the image", "cosign verify-attestation", "accepted");
    });

    it("002-45 openssl alone accepts the bare envelope, and cosign the exported bundle", async () => {
      const { key, publicKey } = await makeKey("P-256");
      await using promotion = await openPromotion(OLAREG, publicKey);
      const { repository, image } = promotion;
      await repository.waybill(["apply", "--yes", "--sign-key", `file:${key}`]);
      const several = await repository.waybill([
        "evidence",
        "export",
        "payments/api@v1.0.0",
        "--as",
        "dsse",
      ]);
      expect(several.code).toBe(2);
      expect(several.stderr).toContain("2 statements match");
      const asked = ["evidence", "export", "payments/api@v1.0.0", "--type", "promotion", "--out"];
      const [dsse, bundle] = [join(folder, "promotion.dsse"), join(folder, "promotion.bundle")];
      expect((await repository.waybill([...asked, dsse, "--as", "dsse"])).code).toBe(0);
      expect((await repository.waybill([...asked, bundle, "--as", "bundle"])).code).toBe(0);
      const envelope = JSON.parse(await readFile(dsse, "utf8")) as {
        payload: string;
        payloadType: string;
        signatures: [{ sig: string }];
      };
      const payload = Buffer.from(envelope.payload, "base64");
      const head = `DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${payload.length} `;
      await writeFile(join(folder, "signed"), Buffer.concat([Buffer.from(head), payload]));
      await writeFile(join(folder, "signature"), Buffer.from(envelope.signatures[0].sig, "base64"));
      const how = [
        "dgst",
        "-sha256",
        "-verify",
        publicKey,
        "-signature",
        join(folder, "signature"),
      ];
      expect(await mustRun("openssl", [...how, join(folder, "signed")])).toContain("Verified OK");
      judged("bare envelope, exported", "openssl dgst", "accepted");
      const [, digest = ""] = image.split("@sha256:");
      const blob = ["--digest", digest, "--digestAlg", "sha256", "--type", PROMOTION];
      const offline = ["--insecure-ignore-tlog=true", "--bundle", bundle];
      await mustRun(
        "cosign",
        ["verify-blob-attestation", "--key", publicKey, ...blob, ...offline],
        { env },
      );
      judged("bundle, exported", "cosign verify-blob-attestation", "accepted");
    });

    it.skipIf(noSlsaVerifier !== undefined)(
      "002-44 slsa-verifier accepts our verification summary, and no other level or resource",
      async () => {
        const { key, publicKey } = await makeKey("P-256");
        await using promotion = await openPromotion(OLAREG, publicKey);
        const { repository, image } = promotion;
        await repository.waybill(["apply", "--yes", "--sign-key", `file:${key}`]);
        const vsa = join(folder, "vsa.dsse");
        const asked = ["--type", "vsa", "--as", "dsse", "--out", vsa];
        await repository.waybill(["evidence", "export", "payments/api@v1.0.0", ...asked]);
        const [, digest = ""] = image.split("@");
        async function accepts(level: string, resource: string): Promise<string> {
          const what = ["--subject-digest", digest, "--resource-uri", resource];
          const who = [
            "--verifier-id",
            "https://waybill.dev/verifier/v1",
            "--verified-level",
            level,
          ];
          const by = ["--public-key-path", publicKey];
          const args = ["verify-vsa", "--attestation-path", vsa, ...what, ...who, ...by];
          return mustRun("slsa-verifier", args, { env });
        }
        await accepts("WAYBILL_VERIFIED", `oci://${image}`);
        await accepts("WAYBILL_CHANNEL_PROD", `oci://${image}`);
        await expect(accepts("SLSA_BUILD_LEVEL_3", `oci://${image}`)).rejects.toThrow();
        await expect(accepts("WAYBILL_VERIFIED", `oci://other@${digest}`)).rejects.toThrow();
        judged("bare summary, exported", "slsa-verifier verify-vsa", "accepted");
        judged(
          "bare summary, for another resource or level",
          "slsa-verifier verify-vsa",
          "refused",
        );
      },
    );

    it("000-22 a key that only cosign can open signs by a command", async () => {
      await using promotion = await openPromotion(OLAREG, join(folder, "P-256.pub"));
      const { repository, image } = promotion;
      const own = { ...env, COSIGN_PASSWORD: "only for this test" };
      const prefix = join(folder, "waybill");
      await mustRun("cosign", ["generate-key-pair", "--output-key-prefix", prefix], {
        cwd: folder,
        env: own,
      });
      await repository.write("policies/trust/bot.pub", await readFile(`${prefix}.pub`, "utf8"));
      repository.commit();
      const refused = await repository.waybill([
        "apply",
        "--yes",
        "--sign-key",
        `file:${prefix}.key`,
      ]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain("exec:cosign sign-blob");
      const old = "--new-bundle-format=false --use-signing-config=false --tlog-upload=false --yes";
      const command = `exec:cosign sign-blob --key ${prefix}.key ${old} -`;
      const said = await repository.waybill(["apply", "--yes", "--sign-key", command], {
        env: own,
      });
      expect(said.stderr).not.toContain("failed");
      expect(said.code).toBe(0);
      await cosignAccepts(image, `${prefix}.pub`, PROMOTION);
      judged("two bundles, signed by a command", "cosign verify-attestation", "accepted");
    });
  },
);
