import { createPublicKey, verify } from "node:crypto";
import { describe, expect, it } from "vitest";
import { exportEvidence } from "#app";
import { VSA } from "#model";
import { seed } from "../support/images.ts";
import { makePair } from "../support/signing.ts";
import {
  openTrustWorkspace,
  signatureOf,
  trustFile,
  type TrustWorkspace,
} from "../support/trust-workspace.ts";
import { applied, calm, NOW } from "./run.ts";

const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{name}", sites: { require: [oslo] }, attestation: { attach: auto } }
  prod: { to: "prod/{name}", after: [dev], samePullRequest: true, sites: { require: [oslo] }, attestation: { attach: separate } }
`;

const bot = makePair();

async function attested(): Promise<TrustWorkspace> {
  const workspace = await openTrustWorkspace({
    "policies/channels.yaml": CHANNELS,
    "policies/trust.yaml": trustFile()
      .replace("rules:", "  bot: { key: { file: policies/trust/bot.pub } }\nrules:")
      .concat('signing: { authority: bot, verifierId: "https://waybill.dev/verifier/v1" }\n'),
    "policies/trust/bot.pub": bot.pem,
  });
  seed(workspace.from, signatureOf(workspace.app, workspace.ci));
  const key = bot.privateKey.export({ type: "pkcs8", format: "pem" }).toString();
  await applied(workspace, { env: { WAYBILL_SIGN_KEY: key } });
  return workspace;
}

type Request = Parameters<typeof exportEvidence>[0];

async function exported({ root }: TrustWorkspace, over: Partial<Request>): Promise<Buffer> {
  const base = { root, env: {}, registriesFile: undefined, now: NOW, site: undefined } as const;
  const asked = {
    target: "payments/api@v1.0.0",
    channel: undefined,
    type: undefined,
    as: "bundle",
  } as const;
  const answer = await exportEvidence({ ...base, ...asked, ...over }, calm());
  if (answer.kind === "invalid") throw new Error("the files are invalid");
  return answer.bytes;
}

describe("002-44 evidence export", () => {
  it.for(["prod", "dev"])(
    "writes the one that is chosen, wherever it lies: %s",
    async (channel) => {
      await using workspace = await attested();
      for (const target of ["payments/api@v1.0.0", workspace.app.digest]) {
        const bundle = await exported(workspace, { target, channel, type: "vsa" });
        expect(JSON.parse(bundle.toString())).toMatchObject({
          mediaType: "application/vnd.dev.sigstore.bundle.v0.3+json",
        });
      }
    },
  );

  it("the bare envelope is the same signature, and a public key alone verifies it", async () => {
    await using workspace = await attested();
    const chosen = { channel: "prod", type: "vsa" } as const;
    const dsse = await exported(workspace, { ...chosen, as: "dsse" });
    const envelope = JSON.parse(dsse.toString()) as {
      payload: string;
      payloadType: string;
      signatures: { sig: string }[];
    };
    const payload = Buffer.from(envelope.payload, "base64");
    const head = `DSSEv1 ${envelope.payloadType.length} ${envelope.payloadType} ${payload.length} `;
    const signature = Buffer.from(envelope.signatures[0]?.sig ?? "", "base64");
    expect(
      verify(
        "sha256",
        Buffer.concat([Buffer.from(head), payload]),
        createPublicKey(bot.pem),
        signature,
      ),
    ).toBe(true);
    expect(JSON.parse(payload.toString())).toMatchObject({ predicateType: VSA });
    const att = await exported(workspace, { ...chosen, as: "att" });
    expect(att.toString()).toBe(`${dsse.toString()}\n`);
  });

  it.for<{ name: string; over: Partial<Request>; says: RegExp }>([
    { name: "several", over: {}, says: /4 statements match.*vsa in prod at oslo/ },
    { name: "two of one channel", over: { channel: "prod" }, says: /2 statements match/ },
    { name: "no such version", over: { target: "payments/api@v9" }, says: /No promotion lists/ },
    { name: "no such place", over: { channel: "test" }, says: /No promotion puts .* in test/ },
    { name: "no version", over: { target: "payments/api" }, says: /names no version/ },
    { name: "neither", over: { target: "x" }, says: /does not begin with a project/ },
  ])("exit 2: $name", async ({ over, says }) => {
    await using workspace = await attested();
    await expect(exported(workspace, over)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(says) as string,
    });
  });

  it("gives nothing out that the signing authority does not stand behind", async () => {
    await using workspace = await attested();
    workspace.commit({ "policies/trust/bot.pub": makePair().pem });
    await expect(exported(workspace, { channel: "prod", type: "vsa" })).rejects.toThrow(
      "No statement of ours",
    );
    workspace.commit({ "policies/trust.yaml": trustFile() });
    await expect(exported(workspace, { channel: "prod", type: "vsa" })).rejects.toThrow(
      "nobody who signs",
    );
  });
});
