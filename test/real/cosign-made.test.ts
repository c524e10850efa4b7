import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { mustRun, requireTool } from "../support/real/program.ts";
import {
  promotionsRepository,
  type PromotionsRepository,
} from "../support/real/promotions-repository.ts";
import { DISTRIBUTION_3, OLAREG } from "../support/real/registries.ts";
import { startServer, type RealRegistry, type ServerKind } from "../support/real/server.ts";
import { leftOut, openMatrix } from "../support/real/tables.ts";
import { waybillHere } from "../support/real/in-process.ts";
import { CHECKOUT } from "../support/real/waybill.ts";

/** Nothing is uploaded, and nothing is asked of Sigstore's public instance. */
const OFFLINE = ["--tlog-upload=false", "--use-signing-config=false", "--yes"] as const;
const BUILDER = "https://ci.example.com/builder";
const missing = requireTool("cosign", "crane", "openssl", "olareg", "registry");
const noSyft = requireTool("syft");
const matrix = openMatrix();
if (missing !== undefined) leftOut("20 rows of the matrix: what cosign signs and attests", missing);
else if (noSyft !== undefined)
  leftOut("4 rows of the matrix: SPDX of syft v1.52.0, by cosign", noSyft);

let folder = "";
let env: Record<string, string> = {};
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-cosign-made-"));
  env = { HOME: folder, DOCKER_CONFIG: folder, COSIGN_PASSWORD: "only for this test" };
  if (missing !== undefined) return;
  for (const name of ["ci", "stranger"])
    await cosign("generate-key-pair", "--output-key-prefix", name);
  await writeFile(join(folder, "file"), "an image");
  await mustRun("tar", ["-C", folder, "-cf", join(folder, "layer.tar"), "file"]);
  await makePredicates();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function cosign(...args: readonly string[]): Promise<void> {
  await mustRun("cosign", args, { cwd: folder, env });
}

async function makePredicates(): Promise<void> {
  const how = ["sbom", "--sbom-format", "spdx", "--package-lock-only", "--omit", "dev"];
  await write("npm.spdx.json", await mustRun("npm", how, { cwd: CHECKOUT, env }));
  if (noSyft === undefined) {
    const scan = ["scan", `dir:${join(CHECKOUT, "schemas")}`, "-o", "spdx-json"];
    const offline = { ...env, SYFT_CHECK_FOR_APP_UPDATE: "false" };
    await write("syft.spdx.json", await mustRun("syft", scan, { cwd: folder, env: offline }));
  }
  await write("slsa.json", JSON.stringify(provenanceBy(BUILDER)));
  await write("other-slsa.json", JSON.stringify(provenanceBy("https://example.com/a-laptop")));
  await write("vuln.json", JSON.stringify(scanOf("HIGH")));
  await write("critical.json", JSON.stringify(scanOf("CRITICAL")));
}

function write(name: string, text: string): Promise<void> {
  return writeFile(join(folder, name), text);
}

function provenanceBy(id: string): object {
  const source = {
    uri: "git+https://example.com/payments/api",
    digest: { gitCommit: "a".repeat(40) },
  };
  return {
    buildDefinition: {
      buildType: "https://example.com/build/v1",
      externalParameters: {},
      internalParameters: {},
      resolvedDependencies: [source],
    },
    runDetails: { builder: { id }, metadata: { invocationId: "1" }, byproducts: [] },
  };
}

/** As trivy's `--format cosign-vuln` has it. */
function scanOf(severity: string): object {
  const now = "2026-11-21T11:00:00Z";
  const Vulnerabilities = [{ VulnerabilityID: "CVE-2026-1", Severity: severity }];
  return {
    invocation: { parameters: null, uri: "", event_id: "", "builder.id": "" },
    scanner: {
      uri: "pkg:github/aquasecurity/trivy@0.60.0",
      version: "0.60.0",
      db: { uri: "", version: "", lastUpdate: now },
      result: {
        SchemaVersion: 2,
        ArtifactName: "api",
        Results: [{ Target: "api", Vulnerabilities }],
      },
    },
    metadata: { scanStartedOn: now, scanFinishedOn: now },
  };
}

const FORMS = [
  { form: "bundle", flags: [] },
  { form: "legacy", flags: ["--new-bundle-format=false"] },
] as const;
type Form = (typeof FORMS)[number];

/** What is asked of an image, what cosign must make for it, and what it makes that must not do. */
interface Demand {
  /** Of the product's requirements. */
  readonly row: string;
  readonly name: string;
  readonly requirement: string;
  readonly made: readonly [type: string | undefined, file: string];
  readonly refused?: readonly [type: string, file: string];
  readonly needs?: string | undefined;
}

const DEMANDS: readonly Demand[] = [
  {
    row: "001-11",
    name: "signature",
    requirement: "signature: { anyOf: [ci] }",
    made: [undefined, ""],
  },
  {
    row: "001-07",
    name: "SPDX of npm sbom",
    requirement: "sbom: { formats: [spdx], signedBy: [ci] }",
    made: ["spdxjson", "npm.spdx.json"],
  },
  {
    row: "001-07",
    name: "SPDX of syft",
    requirement: "sbom: { formats: [spdx], signedBy: [ci] }",
    made: ["spdxjson", "syft.spdx.json"],
    needs: noSyft,
  },
  {
    row: "000-19",
    name: "SLSA provenance",
    requirement: `provenance: { signedBy: [ci], builders: [{ id: "${BUILDER}", maxLevel: 2 }] }`,
    made: ["slsaprovenance1", "slsa.json"],
    refused: ["slsaprovenance1", "other-slsa.json"],
  },
  {
    row: "001-08 001-09",
    name: "vulnerabilities",
    requirement:
      "vulnerabilities: { signedBy: [ci], block: [{ severity: critical }], maxAge: 30d }",
    made: ["vuln", "vuln.json"],
    refused: ["vuln", "critical.json"],
  },
];

/** A registry with images of one source, and a promotions repository that asks for one thing at a time. */
interface World extends AsyncDisposable {
  readonly registry: RealRegistry;
  readonly repository: PromotionsRepository;
  image(): Promise<string>;
}

async function openWorld(kind: ServerKind): Promise<World> {
  const registry = await startServer(kind);
  const repository = await promotionsRepository();
  for (const name of ["ci", "stranger"])
    await repository.write(
      `policies/trust/${name}.pub`,
      await readFile(join(folder, `${name}.pub`), "utf8"),
    );
  let count = 0;
  return {
    registry,
    repository,
    /** Another digest each time. */
    async image() {
      count += 1;
      const tag = `${registry.host}/builds/api:v1.0.${count}`;
      const layer = ["-f", join(folder, "layer.tar"), "-t", tag];
      await mustRun("crane", ["append", "--oci-empty-base", ...layer], { env });
      const label = ["--annotation", `count=${count}`, "-t", tag, tag];
      await mustRun("crane", ["mutate", ...label], { env });
      const digest = (await mustRun("crane", ["digest", tag], { env })).trim();
      return `${registry.host}/builds/api@${digest}`;
    },
    async [Symbol.asyncDispose]() {
      await repository[Symbol.asyncDispose]();
      await registry[Symbol.asyncDispose]();
    },
  };
}

/** Signs or attests an image. */
async function make(
  image: string,
  [type, file]: Demand["made"],
  { flags }: Form,
  signer = "ci",
): Promise<void> {
  const how = ["--key", `${signer}.key`, "--allow-http-registry", ...OFFLINE, ...flags];
  if (type === undefined) return cosign("sign", ...how, image);
  return cosign("attest", ...how, "--type", type, "--predicate", file, image);
}

interface Action {
  readonly op: string;
  readonly artifact: string;
}

/** What `verify` and `plan` make of it: both decide by the same rule. */
async function decided(
  { repository, registry }: World,
  image: string,
  requirement: string,
): Promise<{ readonly verify: number | null; readonly copies: number; readonly said: string }> {
  const digest = image.replace(/.*@/u, "");
  // Each image is an artifact of its own: no version ever changes its digest.
  const id = `payments/api-${digest.slice(-8)}`;
  await repository.write(
    "policies/trust.yaml",
    `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  ci: { key: { file: policies/trust/ci.pub } }
rules:
  - { name: asked, require: [{ ${requirement} }] }
`,
  );
  await repository.say({
    sites: { oslo: `${registry.host}/live` },
    channels: {
      prod: { to: "{name}", sites: { require: ["oslo"] }, requires: { trust: "verified" } },
    },
    artifacts: [
      {
        id,
        source: image.replace(/@.*/u, ""),
        versions: [{ version: "v1.0.0", digest, channels: ["prod"] }],
      },
    ],
  });
  const verified = await waybillHere(repository.root, ["verify", `${id}@v1.0.0`]);
  const planned = await waybillHere(repository.root, ["plan", "--format", "json"]);
  const { actions } = JSON.parse(planned.stdout) as { readonly actions: readonly Action[] };
  const copies = actions.filter(({ op, artifact }) => op === "copy" && artifact === id).length;
  return { verify: verified.code, copies, said: verified.stdout + verified.stderr };
}

const CASES = [OLAREG, DISTRIBUTION_3].flatMap((kind) =>
  FORMS.flatMap((form) =>
    DEMANDS.filter(({ needs }) => needs === undefined).map((demand) => ({
      ...demand,
      kind,
      form,
      title: `${demand.name}, ${form.form}, on ${kind.name}`,
    })),
  ),
);

describe.skipIf(missing !== undefined)(
  "what cosign makes with a key, and what verify and plan decide",
  { timeout: 180_000 },
  () => {
    it.for(CASES)("$row $title", async ({ kind, form, name, requirement, made, refused }) => {
      await using world = await openWorld(kind);
      const good = await world.image();
      const before = await decided(world, good, requirement);
      expect(before, before.said).toMatchObject({ verify: 4, copies: 0 });
      await make(good, made, form, "stranger");
      const foreign = await decided(world, good, requirement);
      expect(foreign, foreign.said).toMatchObject({ verify: 4, copies: 0 });
      note(name, form.form, "of a stranger's key", "refused");
      await make(good, made, form);
      const after = await decided(world, good, requirement);
      expect(after, after.said).toMatchObject({ verify: 0, copies: 1 });
      note(name, form.form, "", "accepted");
      if (refused === undefined) return;
      const bad = await world.image();
      await make(bad, refused, form);
      const against = await decided(world, bad, requirement);
      expect(against, against.said).toMatchObject({ verify: 4, copies: 0 });
      note(name, form.form, "that says what the rule refuses", "refused");
    });
  },
);

function note(name: string, form: string, more: string, verdict: string): void {
  const what = `${name}, ${form}${more === "" ? "" : `, ${more}`}`;
  matrix.judged({ maker: "cosign 3.1.3", what, judge: "waybill verify, plan", verdict });
}
