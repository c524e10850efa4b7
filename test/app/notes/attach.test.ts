import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { OWN_ANNOTATIONS, RELEASE_NOTES } from "#model";
import { evidenceTag, seed, signatureFor, type Built } from "../../support/images.ts";
import type { Repository } from "../../support/registry/index.ts";
import { makePair } from "../../support/signing.ts";
import { listed, openNotesWorld, type NotesWorld } from "./world.ts";

const ATTACH = ["notes", "payments/api@v1.1.0", "--channel", "prod", "--attach"];
const TRUST = `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  waybill-prod: { key: { file: policies/trust/waybill.pub } }
rules: []
noMatch: allow
signing: { authority: waybill-prod, verifierId: "https://example.com/waybill/v1" }
`;

function channels(attestation = "attestation: { attach: auto }"): string {
  return `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "preprod/{project}/{name}", sites: { require: [oslo] } }
  prod: { to: "{project}/{name}", after: [staging], sites: { require: [oslo] }${attestation === "" ? "" : `, ${attestation}`} }
`;
}

let world: NotesWorld;
let next: Built;
let folder: string;
let prod: Repository;
let env: Record<string, string>;

beforeAll(async () => {
  world = await openNotesWorld();
  const old = await world.build("v1.0.0", [{ title: "The first" }]);
  next = await world.build("v1.1.0", [{ title: "Drop XML", body: "Breaking: use JSON" }]);
  const { bot, workspace } = world;
  folder = await world.checkout({
    ...listed(["v1.1.0", next, "staging, prod"], ["v1.0.0", old, "staging, prod"]),
    "policies/channels.yaml": channels(),
    "policies/trust.yaml": TRUST,
    "policies/trust/waybill.pub": bot.pem,
  });
  prod = workspace.target.repository("payments/api");
}, 60_000);
beforeEach(async () => {
  for (const name of ["payments/api", "payments/api-evidence"]) {
    const { manifests, blobs, tags } = world.workspace.target.repository(name);
    for (const kept of [manifests, blobs, tags]) kept.clear();
  }
  env = { WAYBILL_SIGN_KEY: pemOf(world.bot) };
  await world.workspace.git(folder, "checkout", "-q", "--", ".");
});
afterAll(async () => {
  const { violations } = world.workspace.github;
  await world[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

function pemOf({ privateKey }: Pick<NotesWorld["bot"], "privateKey">): string {
  return privateKey.export({ type: "pkcs8", format: "pem" }).toString();
}

interface Signed {
  readonly predicateType: string;
  readonly subject: readonly object[];
  readonly predicate: Record<string, unknown>;
}

/** Statements of release notes in a repository, as anybody reads them there. */
function notesIn(repository: Repository): readonly Signed[] {
  return [...repository.manifests.values()].flatMap(({ bytes }) => {
    const { annotations = {}, layers = [] }: Manifest = JSON.parse(bytes.toString());
    if (annotations[OWN_ANNOTATIONS.predicateType] !== RELEASE_NOTES) return [];
    const bundle = repository.blobs.get(layers[0]?.digest ?? "")?.toString() ?? "";
    const { dsseEnvelope }: { dsseEnvelope: { payload: string } } = JSON.parse(bundle);
    return [JSON.parse(Buffer.from(dsseEnvelope.payload, "base64").toString()) as Signed];
  });
}

interface Manifest {
  readonly annotations?: Record<string, string>;
  readonly layers?: readonly { readonly digest: string }[];
}

describe("002-65 waybill notes --attach", { timeout: 60_000 }, () => {
  it("002-65 signs the final notes and attaches them where the channel holds the version, once", async () => {
    seed(prod, next, ["v1.1.0"]);
    const first = await world.run(folder, ATTACH, env);
    expect(first).toMatchObject({ code: 0, err: expect.stringContaining("attached at oslo") });
    expect(notesIn(prod)).toEqual([
      {
        _type: "https://in-toto.io/Statement/v1",
        predicateType: RELEASE_NOTES,
        subject: [
          {
            name: "registry.oslo.example.com/payments/api",
            digest: { sha256: next.digest.slice("sha256:".length) },
          },
        ],
        predicate: expect.objectContaining({
          version: "v1.1.0",
          against: "v1.0.0",
          channel: "prod",
          sections: expect.objectContaining({
            breaking: [{ number: 2, title: "Drop XML", author: "bob", text: "use JSON" }],
          }),
        }),
      },
    ]);
    const again = await world.run(folder, ATTACH, env);
    expect(again).toMatchObject({ code: 0, err: expect.stringContaining("there at oslo") });
    expect(notesIn(prod)).toHaveLength(1);
  });

  it("002-65 what is attached is taken out and verified without a registry, and not under another key", async () => {
    seed(prod, next, ["v1.1.0"]);
    await world.run(folder, ATTACH, env);
    const bundle = ["--type", "notes", "--as", "bundle", "--out", "notes.json"];
    const taken = await world.run(folder, ["evidence", "export", next.digest, ...bundle]);
    expect(taken).toMatchObject({ code: 0 });
    writeFileSync(join(folder, "other.pub"), makePair().pem);
    const verify = ["verify-bundle", next.digest, "--bundle", "notes.json", "--key"];
    expect(await world.run(folder, [...verify, "policies/trust/waybill.pub"])).toMatchObject({
      code: 0,
    });
    expect((await world.run(folder, [...verify, "other.pub"])).code).not.toBe(0);
  });

  it("does not stop what the channel attests, and apply signs its pair beside them", async () => {
    seed(prod, next, ["v1.1.0"]);
    await world.run(folder, ATTACH, env);
    const applied = await world.run(folder, ["apply", "--yes", "--deep", "--no-record"], env);
    expect(applied).toMatchObject({ code: 0 });
    const again = await world.run(folder, ["apply", "--yes", "--deep", "--no-record"], env);
    expect(again).toMatchObject({ code: 0, out: expect.stringContaining("Nothing to do") });
    expect(notesIn(prod)).toHaveLength(1);
    const pair = [...prod.manifests.values()].filter(({ bytes }) =>
      bytes.toString().includes(`"${OWN_ANNOTATIONS.channel}"`),
    );
    expect(pair.length).toBeGreaterThan(2);
  });

  it("goes beside an image whose only signature is cosign's older one (research R1)", async () => {
    seed(prod, next, ["v1.1.0"]);
    seed(prod, signatureFor(next), [evidenceTag(next.digest, "sig")]);
    expect(await world.run(folder, ATTACH, env)).toMatchObject({ code: 0 });
    expect(notesIn(prod)).toEqual([]);
    expect(notesIn(world.workspace.target.repository("payments/api-evidence"))).toHaveLength(1);
  });

  it.for<readonly [string, (at: string) => Promise<unknown> | void, number, string]>([
    ["is not placed yet", () => undefined, 1, "apply it first"],
    [
      "is signed with a key that is not the policy's",
      () => {
        seed(prod, next, ["v1.1.0"]);
        env = { WAYBILL_SIGN_KEY: pemOf(makePair()) };
      },
      2,
      "none of the signing authority's",
    ],
    [
      "has nothing to sign with",
      () => {
        env = {};
      },
      2,
      "--sign-key",
    ],
    [
      "is not committed",
      (at) => writeFileSync(join(at, "policies/channels.yaml"), `# mine\n${channels()}`),
      2,
      "not committed",
    ],
  ])("002-65 attaches nothing where it %s", async ([, spoil, code, says]) => {
    await spoil(folder);
    const ran = await world.run(folder, ATTACH, env);
    expect({ code: ran.code, err: ran.err }).toMatchObject({
      code,
      err: expect.stringContaining(says),
    });
    expect(notesIn(prod)).toEqual([]);
  });

  it("attaches nothing that could not be read", async () => {
    seed(prod, next, ["v1.1.0"]);
    const ran = await world.workspace.run(folder, ATTACH, { env });
    expect(ran).toMatchObject({ code: 1, err: expect.stringContaining("no notes to attach") });
    expect(notesIn(prod)).toEqual([]);
  });

  it("needs a channel that attests", async () => {
    const { github } = world.workspace;
    const files = { "policies/channels.yaml": channels("") };
    await github.push({ branch: "main", by: "alice", files });
    const at = await world.workspace.checkout("refs/heads/main");
    const ran = await world.run(at, ATTACH, env);
    expect(ran).toMatchObject({ code: 2, err: expect.stringContaining("attests nothing") });
    const none = ["notes", "payments/api@v1.1.0", "--attach"];
    expect(await world.run(at, none, env)).toMatchObject({ code: 2 });
  });
});
