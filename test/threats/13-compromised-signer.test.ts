import { describe, expect, it } from "vitest";
import { applied } from "../app/run.ts";
import { makePair } from "../support/signing.ts";
import { openTrustWorkspace, trustFile } from "../support/trust-workspace.ts";
import { gate, LET_IN, sign } from "./gate.ts";

const KEY = "policies/trust/waybill.pub";
const SIGNING = trustFile()
  .replace("rules:", `  waybill-prod: { key: { file: ${KEY} } }\nrules:`)
  .concat('signing: { authority: waybill-prod, verifierId: "https://waybill.dev/verifier/v1" }\n');
const CHANNELS = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{name}", sites: { require: [oslo] } }
  prod: { to: "prod/{name}", after: [dev], samePullRequest: true, sites: { require: [oslo] }, attestation: { attach: auto } }
`;

describe("threat 13: the bot's own signer is in other hands", () => {
  it("what it signs lets nothing in: whom a rule names is another key", async () => {
    const bot = makePair();
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": SIGNING,
      [KEY]: bot.pem,
    });
    sign(workspace, bot);
    expect(await gate(workspace)).toEqual(["refuse trust.signature"]);
    sign(workspace, workspace.ci);
    expect(await gate(workspace)).toEqual(LET_IN);
  });

  it("a key that is not the policy's signs nothing of ours: refused before the first write", async () => {
    await using workspace = await openTrustWorkspace({
      "policies/channels.yaml": CHANNELS,
      "policies/trust.yaml": SIGNING,
      [KEY]: makePair().pem,
    });
    sign(workspace, workspace.ci);
    const other = makePair().privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const env = { WAYBILL_SIGN_KEY: other };
    await expect(applied(workspace, { env })).rejects.toThrow();
    expect(workspace.target.repositoryNames()).toEqual([]);
  });

  it("a key that was replaced in the policy is no signer any more, and the new one signs again", async () => {
    const [old, next] = [makePair(), makePair()];
    await using workspace = await openTrustWorkspace({
      "policies/channels.yaml": CHANNELS,
      "policies/trust.yaml": SIGNING,
      [KEY]: old.pem,
    });
    sign(workspace, workspace.ci);
    function envOf({ privateKey }: typeof old): Readonly<Record<string, string>> {
      return { WAYBILL_SIGN_KEY: privateKey.export({ type: "pkcs8", format: "pem" }).toString() };
    }
    expect((await applied(workspace, { env: envOf(old) })).exitCode).toBe(0);
    workspace.commit({ [KEY]: next.pem });
    const again = await applied(workspace, { env: envOf(next), deep: true });
    expect(again.outcome.results.map(({ action, status }) => `${action.op} ${status}`)).toEqual([
      "attest done",
    ]);
  });
});
