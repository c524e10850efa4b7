import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runVerb } from "../support/run-verb.ts";
import { openTrustWorkspace } from "../support/trust-workspace.ts";
import { applied } from "../app/run.ts";
import { sign } from "./gate.ts";

const SITES = `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { stores: { oci: "oci-layout:./var/oslo" } }
`;

describe("threat 15: a layout that leads out of itself", () => {
  it("by a link in place of evidence: not known, and what it leads to is not read", async () => {
    await using workspace = await openTrustWorkspace({ "policies/sites.yaml": SITES });
    const bundle = sign(workspace, workspace.ci);
    expect((await applied(workspace)).exitCode).toBe(0);
    const ref = `oci-layout:./var/oslo/prod/api@${workspace.app.digest}`;
    const asked = ["verify", ref, "--channel", "prod"] as const;
    const now = new Date("2026-11-21T12:00:00Z");
    expect((await runVerb(asked, { folder: workspace.root, now })).exitCode).toBe(0);
    const outside = mkdtempSync(join(tmpdir(), "waybill-outside-"));
    try {
      const [, layer] = bundle.blobs;
      const hex = (layer?.digest ?? "").replace("sha256:", "");
      const path = join(workspace.root, "var/oslo/prod/api/blobs/sha256", hex);
      renameSync(path, join(outside, "secret"));
      symlinkSync(join(outside, "secret"), path);
      const { exitCode, out } = await runVerb(asked, { folder: workspace.root, now });
      expect(exitCode).toBe(1);
      expect(out).not.toMatch(/\ballowed\b/);
    } finally {
      rmSync(outside, { recursive: true, force: true });
    }
  });

  it("by other bytes under the name of a digest: not known", async () => {
    await using workspace = await openTrustWorkspace({ "policies/sites.yaml": SITES });
    const bundle = sign(workspace, workspace.ci);
    expect((await applied(workspace)).exitCode).toBe(0);
    const folder = join(workspace.root, "var/oslo/prod/api/blobs/sha256");
    const hex = (bundle.blobs[1]?.digest ?? "").replace("sha256:", "");
    expect(readdirSync(folder)).toContain(hex);
    const text = readFileSync(join(folder, hex), "utf8");
    rmSync(join(folder, hex));
    writeFileSync(join(folder, hex), text.replace('"keyid":""', '"keyid":"x"'));
    const ref = `oci-layout:./var/oslo/prod/api@${workspace.app.digest}`;
    const args = ["verify", ref, "--channel", "prod"];
    expect((await runVerb(args, { folder: workspace.root })).exitCode).toBe(1);
  });
});
