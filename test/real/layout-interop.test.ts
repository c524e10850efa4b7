import { execFile, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { createServer } from "node:net";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { WriteRepository } from "../../src/stores/port.ts";
import { evidenceTag, image, MEDIA, multiArch, sbomFor, signatureFor } from "../support/images.ts";
import { startRegistry } from "../support/registry/index.ts";
import { push } from "../stores/contract/fixture.ts";
import { makeFolder, type Folder } from "../stores/layout/fixture.ts";
import { walkTags } from "../stores/layout/walk.ts";
import { digestOfBuilt, never } from "../stores/registry/client/fixture.ts";

const WHOLE = multiArch(["amd64", "arm64"], { layers: 2 });
const SINGLE = image({ seed: "single" });
const SBOM = sbomFor(WHOLE);
const SIGNATURE = signatureFor(WHOLE);
const FALLBACK = WHOLE.digest.replace(":", "-");

/** The layout of these tests: an index with a `.sig` and an SBOM as `v1`, an image as `v2`. */
async function fill(repository: WriteRepository): Promise<void> {
  await push(repository, SIGNATURE, [evidenceTag(WHOLE.digest)]);
  await push(repository, SBOM);
  await push(repository, WHOLE, ["v1"]);
  await push(repository, SINGLE, ["v2"]);
}

let folder: Folder;
let app: string;

beforeEach(async () => {
  folder = await makeFolder();
  app = folder.path("app");
  await fill(folder.open("app"));
});
afterEach(() => folder[Symbol.asyncDispose]());

describe.skipIf(lacks("skopeo"))("002-49 skopeo and our layouts", () => {
  it("reads an index with all of its images, byte by byte", async () => {
    const raw = await run("skopeo", ["inspect", "--raw", `oci:${app}:v1`]);
    expect(raw).toBe(WHOLE.bytes.toString("utf8"));
    await run("skopeo", ["copy", "--all", `oci:${app}:v1`, `dir:${folder.path("dir")}`]);
    const copied = await readFile(folder.path("dir/manifest.json"));
    expect(copied.equals(WHOLE.bytes)).toBe(true);
  });

  it("writes beside us, and neither loses the other's tags", async () => {
    await run("skopeo", ["copy", `oci:${app}:v2`, `oci:${folder.path("theirs")}:x`]);
    await run("skopeo", ["copy", `oci:${folder.path("theirs")}:x`, `oci:${app}:v3`]);
    await push(folder.open("app"), image({ seed: "ours" }), ["v4"]);
    await run("skopeo", ["copy", `oci:${app}:v4`, `oci:${app}:v1`]);
    const tags = await walkTags(folder.open("app"));
    expect(tags.get("v1")).toBe(image({ seed: "ours" }).digest);
    expect([tags.get("v2"), tags.get("v3")]).toEqual([SINGLE.digest, SINGLE.digest]);
    expect((await folder.open("app").head(WHOLE.digest, never))?.digest).toBe(WHOLE.digest);
  });

  it("makes a layout that we read and write", async () => {
    await run("skopeo", ["copy", "--all", `oci:${app}:v1`, `oci:${folder.path("theirs")}:v1`]);
    const theirs = folder.open("theirs");
    expect([...(await walkTags(theirs))]).toEqual([["v1", WHOLE.digest]]);
    await push(theirs, SINGLE, ["v2"]);
    const raw = await run("skopeo", ["inspect", "--raw", `oci:${folder.path("theirs")}:v2`]);
    expect(raw).toBe(SINGLE.bytes.toString("utf8"));
  });
});

describe.skipIf(lacks("regctl"))("002-49 regctl and our layouts", () => {
  it("lists the tags and the evidence", async () => {
    const tags = (await run("regctl", ["tag", "ls", `ocidir://${app}`])).trim().split("\n");
    expect(tags.toSorted()).toEqual([FALLBACK, evidenceTag(WHOLE.digest), "v1", "v2"].toSorted());
    const listed = await run("regctl", ["artifact", "list", `ocidir://${app}:v1`]);
    expect(listed).toContain(SBOM.digest);
    expect(listed).toContain(MEDIA.spdx);
  });

  it("002-43 001-12 copies an image with its signature and its SBOM, and we read the copy", async () => {
    const to = `ocidir://${folder.path("copy")}:v1`;
    await run("regctl", [
      "image",
      "copy",
      "--referrers",
      "--digest-tags",
      `ocidir://${app}:v1`,
      to,
    ]);
    const copy = folder.open("copy");
    expect((await walkTags(copy)).get("v1")).toBe(WHOLE.digest);
    expect((await copy.head(evidenceTag(WHOLE.digest), never))?.digest).toBe(SIGNATURE.digest);
    const referrers = await copy.referrers(digestOfBuilt(WHOLE), never);
    expect(referrers.map(({ digest }) => digest)).toEqual([SBOM.digest]);
  });

  it("002-43 attaches evidence that we find beside ours", async () => {
    const put = ["artifact", "put", "--artifact-type", "application/vnd.example.note"];
    const file = folder.path("app/oci-layout");
    await run("regctl", [...put, "--file", file, "--subject", `ocidir://${app}:v1`]);
    const listed = await folder.open("app").referrers(digestOfBuilt(WHOLE), never);
    const types = listed.map(({ artifactType }) => artifactType ?? "none");
    expect(types.toSorted()).toEqual([MEDIA.spdx, "application/vnd.example.note"].toSorted());
    await push(folder.open("app"), sbomFor(WHOLE, "second"));
    const theirs = await run("regctl", ["artifact", "list", `ocidir://${app}:v1`]);
    for (const { digest } of listed) expect(theirs).toContain(digest);
    expect(theirs).toContain(sbomFor(WHOLE, "second").digest);
  });
});

describe.skipIf(lacks("oras"))("002-49 oras and our layouts", () => {
  it("lists the tags and the evidence", async () => {
    const tags = await run("oras", ["repo", "tags", "--oci-layout", app]);
    expect(tags.trim().split("\n")).toEqual(expect.arrayContaining(["v1", "v2"]));
    const discovered = await run("oras", ["discover", "--oci-layout", `${app}:v1`]);
    expect(discovered).toContain(SBOM.digest);
  });

  it("002-43 copies an image with its evidence, and we read the copy", async () => {
    const to = ["--to-oci-layout", `${folder.path("copy")}:v1`];
    await run("oras", ["copy", "--recursive", "--from-oci-layout", `${app}:v1`, ...to]);
    const copy = folder.open("copy");
    expect((await walkTags(copy)).get("v1")).toBe(WHOLE.digest);
    const referrers = await copy.referrers(digestOfBuilt(WHOLE), never);
    expect(referrers.map(({ digest }) => digest)).toEqual([SBOM.digest]);
    await push(copy, SINGLE, ["v2"]);
    const tags = await run("oras", ["repo", "tags", "--oci-layout", folder.path("copy")]);
    expect(tags.trim().split("\n")).toEqual(expect.arrayContaining(["v1", "v2"]));
  });

  it("pushes files that we promote, and pulls them from there", async () => {
    const made = folder.path("made");
    await run("oras", ["push", "--oci-layout", `${made}:v1`, "oci-layout:text/plain"], app);
    const from = folder.open("made");
    const head = await from.head("v1", never);
    const manifest = head && (await from.manifest(head.digest, never));
    expect(manifest).toBeDefined();
    expect([...(await walkTags(from)).keys()]).toEqual(["v1"]);
    const pulled = folder.path("pulled");
    await run("oras", ["pull", "--oci-layout", `${made}:v1`, "--output", pulled]);
    expect(await readdir(pulled)).toEqual(["oci-layout"]);
  });
});

describe.skipIf(lacks("crane"))("002-49 crane and our layouts", () => {
  it("pushes an image and an index of ours, and pulls a layout that we read", async () => {
    await using registry = await startRegistry();
    await push(folder.open("one"), SINGLE, ["v1"]);
    await push(folder.open("many"), WHOLE, ["v1"]);
    const at = `${registry.host}/team`;
    await run("crane", ["push", folder.path("one"), `${at}/one:v1`]);
    await run("crane", ["push", "--index", folder.path("many"), `${at}/many:v1`]);
    const { manifests, tags } = registry.repository("team/one");
    expect(tags.get("v1")).toBe(SINGLE.digest);
    expect(manifests.get(SINGLE.digest)?.bytes.equals(SINGLE.bytes)).toBe(true);
    expect(registry.repository("team/many").manifests.has(WHOLE.digest)).toBe(true);
    await run("crane", ["validate", "--remote", `${at}/one:v1`]);
    await run("crane", ["pull", "--format", "oci", `${at}/one:v1`, folder.path("pulled")]);
    const pulled = folder.open("pulled");
    const manifest = await pulled.manifest(digestOfBuilt(SINGLE), never);
    expect(Buffer.from(manifest?.bytes ?? []).equals(SINGLE.bytes)).toBe(true);
  });
});

describe.skipIf(lacks("olareg"))("002-49 olareg and our layouts", () => {
  it("002-43 serves our folder of layouts as a registry, evidence included", async () => {
    const port = await freePort();
    const args = ["serve", "--dir", folder.root, "--port", String(port), "--store-type", "dir"];
    const server = spawn("olareg", args, { stdio: "ignore" });
    const ended = new Promise((resolve) => server.on("close", resolve));
    try {
      const base = `http://127.0.0.1:${port}/v2/app`;
      await answers(`http://127.0.0.1:${port}/v2/`);
      const served = await fetch(`${base}/manifests/v1`, { headers: { accept: MEDIA.index } });
      expect(Buffer.from(await served.arrayBuffer()).equals(WHOLE.bytes)).toBe(true);
      const referrers = await (await fetch(`${base}/referrers/${WHOLE.digest}`)).json();
      expect(referrers).toMatchObject({ manifests: [{ digest: SBOM.digest }] });
    } finally {
      server.kill();
      await ended;
    }
    // What olareg made of the index is still ours to read and to write.
    await push(folder.open("app"), image({ seed: "after" }), ["v3"]);
    const tags = await walkTags(folder.open("app"));
    expect(tags.get("v1")).toBe(WHOLE.digest);
    expect(tags.get("v3")).toBe(image({ seed: "after" }).digest);
    const after = await folder.open("app").referrers(digestOfBuilt(WHOLE), never);
    expect(after.map(({ digest }) => digest)).toEqual([SBOM.digest]);
  });
});

/** Whether a program is not on PATH; says so, as tests are left out for it. */
function lacks(program: string): boolean {
  const folders = (process.env["PATH"] ?? "").split(delimiter);
  const found = folders.some((path) => existsSync(join(path, program)));
  if (!found) console.warn(`${program} is not on PATH: the tests of layouts with it are not run`);
  return !found;
}

function run(program: string, args: readonly string[], cwd?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(program, args, { timeout: 60_000, cwd }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else reject(new Error(`${program} ${args.join(" ")}: ${stderr}`, { cause: error }));
    });
  });
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

async function answers(url: string): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await (await fetch(url)).arrayBuffer();
      return;
    } catch (error) {
      if (tries === 100) throw error;
      await sleep(50);
    }
  }
}
