import { execFileSync } from "node:child_process";
import {
  appendFile,
  cp,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { blob, image, MEDIA, sbomFor } from "../../support/images.ts";
import { push } from "../contract/fixture.ts";
import {
  descriptorOfBuilt,
  digestOfBuilt,
  never,
  readAll,
  sourceOf,
} from "../registry/client/fixture.ts";
import { indexOf, makeFolder, type Folder } from "./fixture.ts";

const BUILT = image();
const LAYER = BUILT.blobs[1] ?? BUILT;

describe("a hostile layout", () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await makeFolder();
    await push(folder.open("app"), BUILT, ["v1"]);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  function blobFile(digest: string): string {
    return folder.path("app/blobs", ...digest.split(":"));
  }

  async function setEntry(change: object): Promise<void> {
    const index = await indexOf(folder, "app");
    const manifests = [{ ...index.manifests[0], ...change }];
    await writeFile(folder.path("app/index.json"), JSON.stringify({ ...index, manifests }));
  }

  /** Puts a link where a file or folder was; what it leads to is right in every byte. */
  async function linkInstead(path: string): Promise<void> {
    await cp(path, folder.path("outside"), { recursive: true });
    await rm(path, { recursive: true });
    await symlink(folder.path("outside"), path);
  }

  const bad: readonly [string, () => Promise<void>][] = [
    ["an index.json that is a link", () => linkInstead(folder.path("app/index.json"))],
    ["an oci-layout that is a link", () => linkInstead(folder.path("app/oci-layout"))],
    ["a blobs folder that is a link", () => linkInstead(folder.path("app/blobs"))],
    ["an algorithm's folder that is a link", () => linkInstead(folder.path("app/blobs/sha256"))],
    ["a manifest that is a link", () => linkInstead(blobFile(BUILT.digest))],
    [
      "an index.json that is a folder",
      async () => {
        await rm(folder.path("app/index.json"));
        await mkdir(folder.path("app/index.json"));
      },
    ],
    [
      "an index.json that is a pipe",
      async () => {
        await rm(folder.path("app/index.json"));
        execFileSync("mkfifo", [folder.path("app/index.json")]);
      },
    ],
    [
      "a manifest that is a pipe",
      async () => {
        await rm(blobFile(BUILT.digest));
        execFileSync("mkfifo", [blobFile(BUILT.digest)]);
      },
    ],
    ["no index.json", () => rm(folder.path("app/index.json"))],
    ["no oci-layout beside a full index.json", () => rm(folder.path("app/oci-layout"))],
    ["an oci-layout of no version", () => writeFile(folder.path("app/oci-layout"), "{}")],
    ["an index.json that is no JSON", () => writeFile(folder.path("app/index.json"), "{")],
    ["an index.json that is a list", () => writeFile(folder.path("app/index.json"), "[]")],
    [
      "manifests that are no list",
      () => writeFile(folder.path("app/index.json"), '{"manifests":{}}'),
    ],
    [
      "an entry that is no object",
      () => writeFile(folder.path("app/index.json"), '{"manifests":["v1"]}'),
    ],
    ["a digest that is a path", () => setEntry({ digest: "sha256:../../../etc/passwd" })],
    ["a digest of another algorithm that is a path", () => setEntry({ digest: "x:../../y" })],
    ["a digest in capitals", () => setEntry({ digest: BUILT.digest.toUpperCase() })],
    ["a size below nothing", () => setEntry({ size: -1 })],
    ["a size that is not the manifest's", () => setEntry({ size: BUILT.bytes.length + 1 })],
    [
      "one tag on two manifests",
      async () => {
        await push(folder.open("app"), image({ seed: "two" }), ["v2"]);
        const text = await readFile(folder.path("app/index.json"), "utf8");
        await writeFile(folder.path("app/index.json"), text.replace('"v2"', '"v1"'));
      },
    ],
  ];
  it.for(bad)("with %s is refused, neither present nor absent", async ([, spoil]) => {
    await spoil();
    const before = await treeOf(folder);
    const repository = folder.open("app");
    await expect(repository.head("v1", never)).rejects.toMatchObject({
      code: "invalid-layout",
      retryable: false,
    });
    const other = image({ seed: "other" });
    await Promise.allSettled([push(repository, other, ["v1"])]);
    const after = await treeOf(folder);
    for (const file of before) expect(after).toContain(file);
  });

  it("of another version is not read", async () => {
    await writeFile(folder.path("app/oci-layout"), '{"imageLayoutVersion":"2.0.0"}');
    await expect(folder.open("app").head("v1", never)).rejects.toMatchObject({
      code: "unsupported",
    });
  });

  it("cannot make us hold more than the caps", async () => {
    await truncate(folder.path("app/index.json"), 16 * 1024 * 1024 + 1);
    await expect(folder.open("app").tags(never)).rejects.toMatchObject({ code: "too-large" });
  });

  it("cannot give out a manifest over the cap", async () => {
    const size = 4 * 1024 * 1024 + 1;
    await setEntry({ size });
    await truncate(blobFile(BUILT.digest), size);
    await expect(folder.open("app").manifest(digestOfBuilt(BUILT), never)).rejects.toMatchObject({
      code: "too-large",
    });
  });

  it("cannot lead a blob's reader through a link", async () => {
    await linkInstead(blobFile(LAYER.digest));
    const descriptor = descriptorOfBuilt(LAYER);
    await expect(folder.open("app").hasBlob(descriptor, never)).rejects.toMatchObject({
      code: "invalid-layout",
    });
    await expect(folder.open("app").blob(descriptor, never)).rejects.toMatchObject({
      code: "invalid-layout",
    });
  });

  it("cannot lead a blob's writer through a link", async () => {
    const next = blob("next", MEDIA.layer);
    await mkdir(folder.path("target"));
    await rename(folder.path("app/blobs/sha256"), folder.path("moved"));
    await symlink(folder.path("target"), folder.path("app/blobs/sha256"));
    const put = folder.open("app").putBlob(descriptorOfBuilt(next), sourceOf(next), never);
    await expect(put).rejects.toMatchObject({ code: "invalid-layout" });
    expect(await readdir(folder.path("target"))).toEqual([]);
  });

  it("cannot make a lock lead elsewhere", async () => {
    await writeFile(folder.path("precious"), "as it was");
    await symlink(folder.path("precious"), folder.path("app/.waybill.lock"));
    const pushed = push(folder.open("app"), image({ seed: "x" }), ["v2"]);
    await expect(pushed).rejects.toMatchObject({ code: "invalid-layout" });
    expect(await readFile(folder.path("precious"), "utf8")).toBe("as it was");
  });

  it("that grows while it is read gives no byte beyond the blob", async () => {
    const layer = blob(Buffer.alloc(3_000_000, 1), MEDIA.layer);
    const descriptor = descriptorOfBuilt(layer);
    await folder.open("app").putBlob(descriptor, sourceOf(layer), never);
    const stream = await folder.open("app").blob(descriptor, never);
    await appendFile(blobFile(layer.digest), "more");
    expect((await readAll(stream)).equals(layer.bytes)).toBe(true);
  });

  it("with one spoiled manifest still gives the others", async () => {
    const other = image({ seed: "other" });
    await push(folder.open("app"), other, ["v2"]);
    await linkInstead(blobFile(BUILT.digest));
    const repository = folder.open("app");
    await expect(repository.head("v1", never)).rejects.toMatchObject({ code: "invalid-layout" });
    expect((await repository.head("v2", never))?.digest).toBe(other.digest);
    // The listing claims no digest that it did not see.
    expect(await repository.tags(never)).toMatchObject({ tags: ["v1", "v2"], digests: undefined });
  });

  it("003-14 loses no evidence in silence where a manifest's bytes were changed", async () => {
    const sbom = sbomFor(BUILT);
    await push(folder.open("app"), sbom);
    await writeFile(blobFile(sbom.digest), sbom.bytes.toString("utf8").replace("2026", "2027"));
    const listing = folder.open("app").referrers(digestOfBuilt(BUILT), never);
    await expect(listing).rejects.toMatchObject({ code: "digest-mismatch" });
  });
});

describe("a folder that is no layout", () => {
  it("is left as it is, and the message names what is in it", async () => {
    await using folder = await makeFolder();
    await mkdir(folder.path("app"));
    await writeFile(folder.path("app/notes.txt"), "mine");
    const repository = folder.open("app");
    expect(await repository.tags(never)).toMatchObject({ exists: false });
    await expect(push(repository, image(), ["v1"])).rejects.toMatchObject({
      code: "invalid-layout",
      message: expect.stringContaining("notes.txt"),
    });
    expect(await readdir(folder.path("app"))).toEqual(["notes.txt"]);
  });

  it("may be a file, which is told before anything is planned", async () => {
    await using folder = await makeFolder();
    await writeFile(folder.path("app"), "a file");
    for (const path of ["app", "app/below"]) {
      const refused = { code: "invalid-layout", message: expect.stringContaining("a file lies") };
      await expect(folder.open(path).tags(never)).rejects.toMatchObject(refused);
      await expect(push(folder.open(path), image(), ["v1"])).rejects.toMatchObject(refused);
    }
    expect(await readFile(folder.path("app"), "utf8")).toBe("a file");
  });
});

/** Every name below a folder, links not followed. */
async function treeOf(folder: Folder): Promise<readonly string[]> {
  const items = await readdir(folder.root, { recursive: true, withFileTypes: true });
  return items.map((item) => `${item.parentPath}/${item.name} ${item.isSymbolicLink()}`);
}
