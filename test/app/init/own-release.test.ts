import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { waybill, type Ran } from "../../cli/captured.ts";
import { bundleFor, SPDX, type Said } from "../../support/attached.ts";
import { image, seed } from "../../support/images.ts";
import { startRegistry } from "../../support/registry/index.ts";
import { makePair } from "../../support/signing.ts";

const VULN = "https://cosign.sigstore.dev/attestation/vuln/v1";
const NOW = "2026-11-21T10:00:00Z";

/** What release.yml makes of a report of grype. */
function scan(severity: string | undefined): Said {
  const finding = {
    vulnerability: { id: "CVE-2026-0001", severity, fix: { state: "not-fixed", versions: [] } },
    artifact: { name: "git", version: "2.50.0", type: "apk" },
  };
  const result = {
    matches: severity === undefined ? [] : [finding],
    descriptor: { name: "grype" },
  };
  return {
    predicateType: VULN,
    predicate: {
      invocation: {},
      scanner: { uri: "https://github.com/anchore/grype", version: "0.121.2", result },
      metadata: { scanStartedOn: NOW, scanFinishedOn: NOW },
    },
  };
}

/** The last step of release.yml's image job, on an image with this evidence. */
async function released(evidence: readonly Said[], version = "v0.1.0"): Promise<Ran> {
  await using registry = await startRegistry();
  const root = mkdtempSync(join(tmpdir(), "waybill-release-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  execFileSync("git", ["init", "-q", root]);
  const repository = registry.repository("example/waybill");
  const [app, key] = [image({ seed: "waybill" }), makePair()];
  seed(repository, app, [version]);
  for (const said of evidence) seed(repository, bundleFor(app, key, said));
  writeFileSync(join(root, "release.pub"), key.pem);
  const source = ["--kind", "container-image", "--source", `${registry.host}/example/waybill`];
  for (const args of [
    ["init", "--trust-key", "release.pub"],
    ["register", `waybill/waybill@${version}`, "--digest", app.digest, ...source],
  ])
    expect(await waybill(["-C", root, ...args], { folder: root })).toMatchObject({ code: 0 });
  return await waybill(["-C", root, "verify", `waybill/waybill@${version}`, "--channel", "prod"]);
}

const SIGNATURE: Said = {};
const SBOM: Said = { predicateType: "https://spdx.dev/Document", predicate: SPDX };

it("002-90 what a release attaches to our image passes the prod policy that init writes", async () => {
  expect(await released([SIGNATURE, SBOM, scan("Medium")])).toMatchObject({ code: 0 });
});

it.for<readonly [string, readonly Said[], string | undefined]>([
  ["a signature", [SBOM, scan(undefined)], undefined],
  ["an SBOM", [SIGNATURE, scan(undefined)], undefined],
  ["a scan", [SIGNATURE, SBOM], undefined],
  ["a scan without anything critical", [SIGNATURE, SBOM, scan("Critical")], undefined],
  ["a release version", [SIGNATURE, SBOM, scan(undefined)], "v0.1.0-rc.1"],
])("002-81 and does not without %s", async ([, evidence, version]) => {
  expect((await released(evidence, version)).code).not.toBe(0);
});
