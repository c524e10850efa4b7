import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import { waybillIn } from "../cli/captured.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";

const app = image({ seed: "app" });
const other = image({ seed: "other" });

/** A layout of the image, in which other bytes stand where its manifest should. */
function writeLayout(folder: string, bytes: Uint8Array): void {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const { digest, mediaType } = app;
  const manifests = [{ digest, mediaType, size: app.bytes.length }];
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  for (const blob of app.blobs)
    writeFileSync(join(blobs, blob.digest.slice("sha256:".length)), blob.bytes);
  writeFileSync(join(blobs, digest.slice("sha256:".length)), bytes);
}

/** A source that gives another image's bytes under the digest that git says. */
async function lying(after: (workspace: Workspace) => Promise<void>): Promise<void> {
  await using workspace = await openWorkspace();
  const from = workspace.source.repository("staging/api");
  for (const built of [app, other]) seed(from, built);
  workspace.commit({
    "promotions/payments/api.yaml": promotion(
      "api",
      versionLine("v1.0.0", app, "channels: [staging]"),
    ),
  });
  const [honest, stranger] = [app, other].map(({ digest }) => from.manifests.get(digest));
  if (honest === undefined || stranger === undefined) throw new Error("both are seeded");
  from.manifests.set(app.digest, { ...honest, bytes: stranger.bytes });
  await after(workspace);
}

describe("a source whose digest lies", () => {
  it.for([
    ["plan", 1],
    ["apply", 1],
  ] as const)(
    "is told by %s as bytes of another digest, never as something gone",
    async ([verb, code]) => {
      await lying(async (workspace) => {
        const args = verb === "apply" ? ["apply", "--yes"] : ["plan"];
        const ran = await waybillIn(workspace, args);
        expect(ran.code).toBe(code);
        expect(ran.out + ran.err).toContain(`gave bytes of another digest for ${app.digest}`);
        expect(ran.out + ran.err).not.toMatch(/no longer holds|does not hold|push .* again/i);
        expect(workspace.target.repository("preprod/payments/api").manifests.size).toBe(0);
      });
    },
  );

  it("is told so where only the copy meets it", async () => {
    await using workspace = await openWorkspace();
    const from = workspace.source.repository("staging/api");
    for (const built of [app, other]) seed(from, built);
    workspace.commit({
      "promotions/payments/api.yaml": promotion(
        "api",
        versionLine("v1.0.0", app, "channels: [staging]"),
      ),
    });
    const [layer] = app.blobs.slice(1);
    const [stranger] = other.blobs.slice(1);
    if (layer === undefined || stranger === undefined) throw new Error("both have a layer");
    from.blobs.set(layer.digest, stranger.bytes);
    const ran = await waybillIn(workspace, ["apply", "--yes"]);
    expect(ran.code).toBe(1);
    expect(ran.out + ran.err).not.toMatch(/no longer holds/);
    expect(workspace.target.repository("preprod/payments/api").manifests.size).toBe(0);
  });

  it.for([
    ["longer", Buffer.from(`{"layers": [], "x": "${"x".repeat(4096)}"}`)],
    ["shorter", Buffer.from("{}")],
  ] as const)("is told so of a layout whose file is %s, too", async ([, bytes]) => {
    await using workspace = await openWorkspace();
    const folder = join(workspace.root, "layouts", "api");
    writeLayout(folder, bytes);
    workspace.commit({
      "promotions/payments/api.yaml": promotion(
        "api",
        versionLine("v1.0.0", app, "channels: [staging]"),
      ).replace("registry.example.com/staging/api", '"oci-layout:./layouts/api"'),
    });
    const ran = await waybillIn(workspace, ["apply", "--yes"]);
    expect(ran.code).toBe(1);
    expect(ran.out + ran.err).toContain(`gave bytes of another digest for ${app.digest}`);
    expect(ran.out + ran.err).not.toMatch(/no longer holds|does not hold/);
  });
});
