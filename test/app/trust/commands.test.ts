import { execFile, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { bundleFor } from "../../support/attached.ts";
import { openTrustWorld, rule, trustFile, type TrustWorld } from "./world.ts";

function isInstalled(tool: string): boolean {
  return spawnSync(tool, ["--version"]).error === undefined;
}

const SIGNED = { "policies/trust.yaml": trustFile(rule("      - signature: { anyOf: [ci] }\n")) };

/** `oras` as far as the commands use it, over HTTP to the double: `manifest fetch REF`, `blob fetch --output FILE REF`. */
function stubOras({ workspace }: TrustWorld): string {
  const bin = join(workspace.root, "bin");
  mkdirSync(bin);
  const file = join(bin, "oras");
  writeFileSync(
    file,
    `#!/usr/bin/env node
const { writeFileSync } = require("node:fs");
const [kind, , ...rest] = process.argv.slice(2);
const ref = rest.at(-1);
const [name, digest] = ref.replace("registry.example.com/", "").split("@");
const url = "http://${workspace.source.host}/v2/" + name + "/" + kind + "s/" + digest;
fetch(url).then(async (reply) => {
  const bytes = Buffer.from(await reply.arrayBuffer());
  if (rest[0] === "--output") writeFileSync(rest[1], bytes);
  else process.stdout.write(bytes);
});
`,
  );
  chmodSync(file, 0o755);
  return bin;
}

async function run(command: string, world: TrustWorld, bin: string): Promise<string> {
  const env = { ...process.env, PATH: `${bin}:${process.env["PATH"] ?? ""}` };
  const { stdout } = await promisify(execFile)("sh", ["-c", command], {
    cwd: world.workspace.root,
    env,
  });
  return stdout;
}

async function opensslLines(world: TrustWorld): Promise<readonly string[]> {
  const { out } = await world.run("verify", "payments/api@v1.4.2", "--channel", "prod");
  return out.split("\n").filter((line) => line.includes("openssl"));
}

describe("the commands that show the same", () => {
  it("002-45 name the evidence, the key's file and openssl, one for each bundle that a key signed", async () => {
    await using world = await openTrustWorld(SIGNED);
    const good = bundleFor(world.api, world.keys.ci);
    world.supply(good);
    world.supply(bundleFor(world.api, world.keys.stranger));
    const lines = await opensslLines(world);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(`registry.example.com/staging/api@${good.digest}`);
    expect(lines[0]).toContain("-verify policies/trust/ci.pub");
  });

  it.skipIf(!isInstalled("jq") || !isInstalled("openssl"))(
    "002-45 run: openssl and the policy's key alone say the same",
    async () => {
      await using world = await openTrustWorld(SIGNED);
      world.supply(bundleFor(world.api, world.keys.ci));
      const [line = ""] = await opensslLines(world);
      const bin = stubOras(world);
      expect(await run(line, world, bin)).toBe("Verified OK\n");
      world.workspace.write("policies/trust/ci.pub", world.keys.stranger.pem);
      await expect(run(line, world, bin)).rejects.toThrow(/Verification failure|Command failed/);
    },
  );
});
