import { execFileSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { waybill, type Ran } from "../../cli/captured.ts";
import { bundleFor, type Said } from "../../support/attached.ts";
import { artifact, seed } from "../../support/images.ts";
import { startRegistry } from "../../support/registry/index.ts";
import { makePair } from "../../support/signing.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}

interface Workflow {
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions: Readonly<Record<string, string>>; readonly steps: readonly Step[] }
    >
  >;
}

const RELEASE: Workflow = parse(readFileSync(".github/workflows/release.yml", "utf8"));
const COPIED = ["bin", "src", "scripts", "schemas", "package.json", "package-lock.json"];
const TEXTS = ["LICENSE", "README.md", "CHANGELOG.md", "tsconfig.json"];

let work = "";
let unpacked = "";

function stepsOf(job: string): readonly Step[] {
  return RELEASE.jobs[job]?.steps ?? [];
}

/** Runs the package job's last step as it stands, in a copy of the repository; `npm publish` packs, and sends nothing. */
beforeAll(() => {
  work = mkdtempSync(join(tmpdir(), "waybill-package-"));
  for (const path of [...COPIED, ...TEXTS])
    if (existsSync(path)) cpSync(path, join(work, path), { recursive: true });
  symlinkSync(resolve("node_modules"), join(work, "node_modules"));
  const npm = execFileSync("sh", ["-c", "command -v npm"], { encoding: "utf8" }).trim();
  mkdirSync(join(work, ".programs"));
  writeFileSync(
    join(work, ".programs/npm"),
    `#!/bin/sh\nif [ "$1" = publish ]; then exec "${npm}" pack --ignore-scripts --silent; fi\nexec "${npm}" "$@"\n`,
  );
  chmodSync(join(work, ".programs/npm"), 0o755);
  const { run = "" } = stepsOf("package").at(-1) ?? {};
  execFileSync("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", run], {
    cwd: work,
    env: {
      ...process.env,
      PATH: [join(work, ".programs"), dirname(process.execPath), process.env["PATH"]].join(
        delimiter,
      ),
      REPOSITORY: "example/waybill",
      COMMIT: "0123456789abcdef0123456789abcdef01234567",
    },
    stdio: ["ignore", "ignore", "pipe"],
  });
  unpacked = join(work, ".unpacked");
  mkdirSync(unpacked);
  execFileSync("tar", ["-xzf", packed(), "-C", unpacked, "--strip-components=1"]);
}, 120_000);
afterAll(() => rmSync(work, { recursive: true, force: true }));

function packed(): string {
  const { version }: { version: string } = JSON.parse(readFileSync("package.json", "utf8"));
  return join(work, `waybill-${version}.tgz`);
}

interface Spdx {
  readonly spdxVersion: string;
  readonly packages: readonly { readonly name: string; readonly versionInfo?: string }[];
}

function sbom(): Spdx {
  return JSON.parse(readFileSync(join(unpacked, "dist/sbom.spdx.json"), "utf8"));
}

describe("002-90 what release.yml publishes", () => {
  it("002-90 the package holds the program, its schemas and an SBOM of what it is made of", () => {
    for (const file of ["bin/waybill.mjs", "dist/waybill.mjs", "schemas/promotion.v1.json"])
      expect(existsSync(join(unpacked, file)), file).toBe(true);
    expect(existsSync(join(unpacked, "src"))).toBe(false);
    const { spdxVersion, packages } = sbom();
    expect(spdxVersion).toMatch(/^SPDX-2\./);
    const { dependencies }: { dependencies: Record<string, string> } = JSON.parse(
      readFileSync("package.json", "utf8"),
    );
    const named = new Map(packages.map(({ name, versionInfo }) => [name, versionInfo]));
    for (const [name, version] of Object.entries(dependencies))
      expect(named.get(name), name).toBe(version);
    expect(named.has("vitest")).toBe(false);
  });

  it("002-79 the package by itself fills an empty repository, with an example and its own action", () => {
    const root = mkdtempSync(join(tmpdir(), "waybill-packaged-"));
    try {
      execFileSync("git", ["init", "-q", root]);
      const program = join(unpacked, "bin/waybill.mjs");
      execFileSync(process.execPath, [program, "init", "--github", "--example"], { cwd: root });
      execFileSync(process.execPath, [program, "validate"], { cwd: root, stdio: "ignore" });
      const plan = readFileSync(join(root, ".github/workflows/waybill-plan.yml"), "utf8");
      expect(plan).toContain("uses: example/waybill@0123456789abcdef0123456789abcdef01234567");
      expect(existsSync(join(root, "promotions/example/hello.yaml"))).toBe(true);
    } finally {
      rmSync(root, { recursive: true, force: true });
    }
  });

  it("002-90 the package, with its own SBOM, a signature and a scan, passes the prod policy that init writes", async () => {
    expect(await passes([SIGNATURE, own(), SCAN])).toMatchObject({ code: 0 });
    expect((await passes([SIGNATURE, SCAN])).code).not.toBe(0);
  });

  it.for<readonly [string, string, RegExp | string]>([
    ["the action: provenance, by the job's identity", "tag", "actions/attest-build-provenance@"],
    ["the action: an SBOM beside it", "build", /node scripts\/sbom\.ts > dist\/sbom\.spdx\.json/],
    [
      "the package: provenance, and the registry's signature",
      "package",
      /npm publish .*--provenance/,
    ],
    ["the package: an SBOM inside", "package", /node scripts\/sbom\.ts > dist\/sbom\.spdx\.json/],
    ["the image: a signature", "image", /cosign sign /],
    ["the image: an SBOM that is signed", "image", /cosign attest .*--type spdxjson/],
    ["the image: a scan that is signed", "image", /cosign attest .*--type vuln/],
    ["the image: provenance", "image", "actions/attest-build-provenance@"],
    ["the image: where it was made", "image", "org.opencontainers.image.source="],
    ["the image: the policy of prod, asked last", "image", /waybill\.mjs verify .*--channel prod/],
  ])("002-90 has %s", ([, job, wanted]) => {
    const said = stepsOf(job).map(({ uses, run }) => `${uses ?? ""}\n${run ?? ""}`);
    const found = said.some((text) =>
      typeof wanted === "string" ? text.includes(wanted) : wanted.test(text),
    );
    expect(found).toBe(true);
  });

  it("002-62 002-90 signs with an identity of the job, or a key of an environment, and writes no key down", () => {
    for (const job of ["tag", "package", "image"])
      expect(RELEASE.jobs[job]).toMatchObject({
        environment: "release",
        permissions: { "id-token": "write" },
      });
    const text = readFileSync(".github/workflows/release.yml", "utf8");
    const secrets = [...text.matchAll(/secrets\.(\w+)/g)].map(([, name]) => name);
    expect(new Set(secrets)).toEqual(new Set(["COSIGN_PASSWORD", "COSIGN_PRIVATE_KEY"]));
    for (const [, name = "", value = ""] of text.matchAll(/(\w+): (\$\{\{ secrets\.\w+ \}\})/g))
      expect(value).toBe(`\${{ secrets.${name} }}`);
  });
});

const SIGNATURE: Said = {};
const NOW = "2026-11-21T10:00:00Z";
const SCAN: Said = {
  predicateType: "https://cosign.sigstore.dev/attestation/vuln/v1",
  predicate: {
    invocation: {},
    scanner: {
      uri: "https://github.com/anchore/grype",
      version: "0.121.2",
      result: { matches: [], descriptor: { name: "grype" } },
    },
    metadata: { scanStartedOn: NOW, scanFinishedOn: NOW },
  },
};

function own(): Said {
  return { predicateType: "https://spdx.dev/Document", predicate: sbom() };
}

/** Puts the package into a registry as a file, with evidence by one key, and asks prod of an empty repository. */
async function passes(evidence: readonly Said[]): Promise<Ran> {
  await using registry = await startRegistry();
  const root = mkdtempSync(join(tmpdir(), "waybill-release-"));
  try {
    execFileSync("git", ["init", "-q", root]);
    const repository = registry.repository("example/package");
    const built = artifact({ files: { "waybill.tgz": readFileSync(packed()) } });
    const key = makePair();
    seed(repository, built, ["v0.1.0"]);
    for (const said of evidence) seed(repository, bundleFor(built, key, said));
    writeFileSync(join(root, "release.pub"), key.pem);
    const source = ["--kind", "binary", "--source", `${registry.host}/example/package`];
    const register = ["register", "waybill/package@v0.1.0", "--tag", "v0.1.0", ...source];
    for (const args of [["init", "--trust-key", "release.pub"], register])
      expect(await waybill(["-C", root, ...args], { folder: root })).toMatchObject({ code: 0 });
    return await waybill(["-C", root, "verify", "waybill/package@v0.1.0", "--channel", "prod"]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
