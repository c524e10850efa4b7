import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { mustRun, requireTool } from "../support/real/program.ts";
import { OLAREG } from "../support/real/registries.ts";
import { startServer } from "../support/real/server.ts";
import { leftOut } from "../support/real/tables.ts";

interface Workflow {
  readonly jobs: {
    readonly image: {
      readonly steps: readonly { readonly name?: string; readonly run?: string }[];
    };
  };
}

const missing = requireTool("cosign", "crane", "olareg", "jq");
if (missing !== undefined) leftOut("release.yml's own commands", missing);

const NOW = "2026-11-21T10:00:00Z";
/** What grype says of an image without findings. */
const GRYPE = JSON.stringify({
  matches: [],
  descriptor: { name: "grype", version: "0.121.2", timestamp: NOW },
});

let work = "";
let env: Record<string, string | undefined> = {};

/** The image job's folder: the built program, its SBOM, and cosign as the runner has it, save that it reaches no public log. */
beforeEach(async () => {
  work = await mkdtemp(join(tmpdir(), "waybill-release-"));
  await mkdir(join(work, "programs"));
  const node = process.execPath;
  await mustRun(node, ["scripts/build.ts", join(work, "dist")]);
  const runner = { PATH: [dirname(node), process.env["PATH"]].join(delimiter) };
  const sbom = await mustRun(node, ["scripts/sbom.ts"], { env: runner });
  await writeFile(join(work, "dist/sbom.spdx.json"), sbom);
  const cosign = (await mustRun("sh", ["-c", "command -v cosign"])).trim();
  const offline = "--tlog-upload=false --use-signing-config=false --allow-http-registry";
  await program(
    "cosign",
    `case "$1" in sign|attest) verb=$1; shift; exec "${cosign}" $verb ${offline} "$@";; *) exec "${cosign}" "$@";; esac`,
  );
  await program(
    "grype",
    `while [ "$1" != --file ]; do shift; done; cat > "$2" <<'END'\n${GRYPE}\nEND`,
  );
  const home = { HOME: work, DOCKER_CONFIG: work, COSIGN_PASSWORD: "only for this test" };
  await mustRun("cosign", ["generate-key-pair"], { cwd: work, env: home });
  env = {
    ...process.env,
    ...home,
    PATH: [join(work, "programs"), runner.PATH].join(delimiter),
    COSIGN_PRIVATE_KEY: await readFile(join(work, "cosign.key"), "utf8"),
    VERSION: "0.1.0",
  };
}, 120_000);
afterEach(() => rm(work, { recursive: true, force: true }));

async function program(name: string, text: string): Promise<void> {
  const path = join(work, "programs", name);
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
}

async function step(name: string): Promise<string> {
  const workflow: Workflow = parse(await readFile(".github/workflows/release.yml", "utf8"));
  const found = workflow.jobs.image.steps.find((one) => one.name === name);
  if (found?.run === undefined) throw new Error(`release.yml has no step ${name}`);
  return found.run;
}

async function run(script: string, more: Record<string, string>): Promise<number | null> {
  const child = spawn("bash", ["--noprofile", "--norc", "-eo", "pipefail", "-c", script], {
    cwd: work,
    env: { ...env, ...more },
    stdio: "ignore",
  });
  await once(child, "close");
  return child.exitCode;
}

describe.skipIf(missing !== undefined)("our own release", { timeout: 180_000 }, () => {
  it.for<readonly [string, RegExp | undefined, boolean]>([
    ["as it stands", undefined, true],
    ["without the signature", /^cosign sign .*$/m, false],
    ["without the SBOM", /^cosign attest .*spdxjson.*$/m, false],
    ["without the scan", /^cosign attest .*--type vuln.*$/m, false],
  ])(
    "002-90 release.yml's own commands, %s, and the prod policy that init writes",
    async ([, without, passes]) => {
      await using registry = await startServer(OLAREG);
      const name = `${registry.host}/example/waybill`;
      await writeFile(join(work, "file"), "an image");
      await mustRun("tar", ["-C", work, "-cf", join(work, "layer.tar"), "file"]);
      const image = [
        "append",
        "--oci-empty-base",
        "-f",
        join(work, "layer.tar"),
        "-t",
        `${name}:v0.1.0`,
      ];
      await mustRun("crane", image, { env });
      const digest = (await mustRun("crane", ["digest", `${name}:v0.1.0`], { env })).trim();
      const about = { NAME: name, DIGEST: digest };
      const sign = await step("Sign it, and what is in it, and what is known against it");
      const signs = without === undefined ? sign : sign.replace(without, "true");
      expect(signs === sign).toBe(without === undefined);
      expect(await run(signs, about)).toBe(0);
      expect((await run(await step("Pass the policy of prod"), about)) === 0).toBe(passes);
    },
  );
});
