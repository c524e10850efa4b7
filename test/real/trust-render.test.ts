import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runVerb } from "../support/run-verb.ts";
import { requireTool } from "../support/real/program.ts";
import { startRegistry, type Registry } from "../support/registry/index.ts";
import { seedSigned, type SignedOptions } from "../support/signed-image.ts";
import { makePair } from "../support/signing.ts";

/** What the rules of this page are judged by: each tool itself, on the same images (002-78). */
const ci = makePair();
const release = makePair();
const stranger = makePair();
const SOURCE = "registry.example.com/payments-staging/api";
const QA = "https://example.com/qa/v1";
const PASSED = { result: "passed", score: 7, build: { log: "x" } };

const TRUST = `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  ci: { key: { file: policies/ci.pub } }
  release: { key: { file: policies/release.pub } }
rules:
  - name: one
    match: { channels: [prod] }
    require: [{ signature: { anyOf: [ci], formats: [bundle, legacy] } }]
  - name: both
    match: { channels: [prod] }
    require: [{ signature: { anyOf: [ci, release], count: 2, formats: [bundle, legacy] } }]
  - name: any
    match: { channels: [prod] }
    require: [{ signature: { anyOf: [release, ci], formats: [bundle, legacy] } }]
  - name: tested
    match: { channels: [prod] }
    require:
      - signature: { anyOf: [ci], formats: [bundle, legacy] }
      - attestation: { predicateType: "${QA}", signedBy: [ci], where: [{ path: /result, op: in, value: [passed, waived] }, { path: /score, op: gte, value: 5 }, { path: /build/log, op: exists }, { path: /result, op: matches, value: "pass.*" }] }
`;

let root = "";
let registry: Registry;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "waybill-render-"));
  registry = await startRegistry();
  const files: Readonly<Record<string, string>> = {
    "policies/trust.yaml": TRUST,
    "policies/ci.pub": ci.pem,
    "policies/release.pub": release.pem,
    "policies/sites.yaml": `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { stores: { oci: ${registry.host}/prod } }
`,
    "policies/channels.yaml": `apiVersion: waybill.dev/v1
kind: Channels
channels:
  prod: { to: "{project}/{name}", sites: { require: [oslo] } }
`,
    "promotions/payments/api.yaml": `apiVersion: waybill.dev/v1
kind: Promotion
project: payments
name: api
artifact: { kind: container-image, source: { type: oci, repository: ${SOURCE} } }
versions: []
`,
  };
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
});
afterAll(async () => {
  rmSync(root, { recursive: true, force: true });
  await registry.close();
});

async function written(rule: string, tool: string): Promise<string> {
  const args = ["trust", "policy", "--rule", rule, "--for", tool, "--quiet"];
  const { exitCode, out, err } = await runVerb(args, { folder: root });
  expect({ exitCode, err }).toEqual({ exitCode: 0, err: "" });
  const file = join(root, `${rule}.${tool}.${tool === "containers-policy" ? "json" : "yaml"}`);
  writeFileSync(file, out);
  return file;
}

let made = 0;
/** A new image, and how it is named. */
function push(options: SignedOptions): string {
  made += 1;
  const repository = registry.repository("prod/payments/api");
  const { digest } = seedSigned(repository, `image ${made}`, { reference: SOURCE, ...options });
  return `${registry.host}/prod/payments/api@${digest}`;
}

interface Judged {
  readonly accepted: boolean;
  /** This build of the tool has the check taken out, and refuses every signature; it got as far as to ask. */
  readonly cannotTell?: boolean;
  readonly said: string;
}

async function run(program: string, args: readonly string[]): Promise<Judged> {
  return new Promise((resolve) => {
    const env = { ...process.env, HOME: root, XDG_CONFIG_HOME: root };
    execFile(program, args, { cwd: root, env, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ accepted: error === null, said: stdout + stderr }),
    );
  });
}

async function byKyverno(rule: string, image: string): Promise<Judged> {
  const policy = await written(rule, "kyverno");
  const pod = join(root, "pod.yaml");
  writeFileSync(
    pod,
    `apiVersion: v1
kind: Pod
metadata: { name: api }
spec: { containers: [{ name: api, image: "${image}" }] }
`,
  );
  const judged = await run("kyverno", ["apply", policy, "--resource", pod, "--registry"]);
  // A policy that applied to nothing would pass as well.
  const accepted = judged.accepted && /pass: 1, fail: 0/.test(judged.said);
  return { ...judged, accepted };
}

async function byPolicyController(rule: string, image: string): Promise<Judged> {
  const policy = await written(rule, "policy-controller");
  return run("policy-controller-tester", ["-policy", policy, "-image", image]);
}

async function bySkopeo(rule: string, image: string): Promise<Judged> {
  const policy = await written(rule, "containers-policy");
  const folder = join(root, "registries.d");
  mkdirSync(folder, { recursive: true });
  writeFileSync(
    join(folder, "here.yaml"),
    `docker:\n  ${registry.host}:\n    use-sigstore-attachments: true\n`,
  );
  const out = join(root, `copy-${made}`);
  const args = ["--policy", policy, "--registries.d", folder, "copy", "--src-tls-verify=false"];
  const [to, remove] = [`dir:${out}`, "--remove-signatures"];
  const judged = await run("skopeo", [...args, remove, `docker://${image}`, to]);
  return { ...judged, cannotTell: judged.said.includes("sigstore disabled") };
}

type Case = readonly [what: string, rule: string, options: SignedOptions, accepted: boolean];

const SIGNED: readonly Case[] = [
  ["is signed by its key", "one", { signers: [ci], form: "legacy" }, true],
  ["is signed by a stranger", "one", { signers: [stranger], form: "legacy" }, false],
  ["is not signed", "one", { form: "legacy" }, false],
  ["is signed by both keys", "both", { signers: [ci, release], form: "legacy" }, true],
  ["is signed by one of two keys", "both", { signers: [release], form: "legacy" }, false],
];
const ANY: readonly Case[] = [
  ["is signed by one of those who may", "any", { signers: [ci], form: "legacy" }, true],
];
const BUNDLES: readonly Case[] = [
  ["has a bundle by its key", "one", { signers: [ci], form: "bundle" }, true],
  ["has a bundle by a stranger", "one", { signers: [stranger], form: "bundle" }, false],
];

/** A statement in the form of a tool: what it says, and what comes of it. */
function attested(form: SignedOptions["form"]): readonly Case[] {
  const signed = { signers: [ci], form };
  return (
    [
      ["is attested as the rule asks", { ...PASSED }, true],
      ["is attested to have failed", { ...PASSED, result: "failed" }, false],
      ["is attested without the score", { ...PASSED, score: undefined }, false],
      ["is attested with too low a score", { ...PASSED, score: 4 }, false],
      ["is attested without the log", { ...PASSED, build: {} }, false],
      ["is attested with words for a score", { ...PASSED, score: "many" }, false],
      ["is not attested", undefined, false],
    ] as const
  ).map(([what, predicate, accepted]) => [
    `${what}, as ${form}`,
    "tested",
    predicate === undefined ? signed : { ...signed, statements: { [QA]: predicate } },
    accepted,
  ]);
}

const TOOLS = [
  { tool: "skopeo", judge: bySkopeo, cases: SIGNED },
  {
    tool: "policy-controller-tester",
    judge: byPolicyController,
    cases: [...SIGNED, ...ANY, ...attested("legacy")],
  },
  {
    tool: "kyverno",
    judge: byKyverno,
    cases: [...SIGNED, ...ANY, ...BUNDLES, ...attested("bundle")],
  },
] as const;

for (const { tool, judge, cases } of TOOLS) {
  const missing = requireTool(tool);
  describe.skipIf(missing !== undefined)(
    `002-78 ${tool}, with the rule that was written for it`,
    () => {
      it.for(cases)("decides on an image that %s", async ([, rule, options, accepted]) => {
        const judged: Judged = await judge(rule, push(options));
        if (judged.cannotTell === true && accepted)
          return console.warn(
            `${tool} is built without signatures of sigstore: it asked, and cannot tell`,
          );
        expect(judged.accepted, judged.said).toBe(accepted);
      });
    },
  );
}
