import { chmod, mkdir, mkdtemp, rename, rm, stat, symlink, writeFile } from "node:fs/promises";
import { statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Repository } from "#model";
import { openLayoutRepository } from "../../../src/stores/layout/repository.ts";
import type { BlobOutcome } from "../../../src/stores/port.ts";
import { blob, MEDIA, pattern } from "../../support/images.ts";
import { descriptorOfBuilt, never, readAll, sourceOf } from "../registry/client/fixture.ts";
import { layoutAt, makeFolder, settingsFor, type Folder } from "./fixture.ts";

const LAYER = blob(pattern("shared", 200_000), MEDIA.layer);
const DESCRIPTOR = descriptorOfBuilt(LAYER);

describe("a blob that another layout holds", () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await makeFolder();
    await folder.open("near").putBlob(DESCRIPTOR, sourceOf(LAYER), never);
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  function file(path: string): string {
    return folder.path(path, "blobs", ...LAYER.digest.split(":"));
  }

  async function take(
    near: readonly Repository[],
    settings = {},
  ): Promise<{ readonly outcome: BlobOutcome; readonly opened: number }> {
    const source = sourceOf(LAYER, { near });
    const repository = folder.open("app", settings);
    const outcome = await repository.putBlob(DESCRIPTOR, source, never);
    expect((await readAll(await repository.blob(DESCRIPTOR, never))).equals(LAYER.bytes)).toBe(
      true,
    );
    return { outcome, opened: source.opened() };
  }

  it("is linked, and takes no room", async () => {
    expect(await take([layoutAt("near")])).toEqual({ outcome: "mounted", opened: 0 });
    expect((await stat(file("app"))).ino).toBe((await stat(file("near"))).ino);
  });

  it("is linked in a repair too, where the file here is damaged", async () => {
    await folder.open("app").putBlob(DESCRIPTOR, sourceOf(LAYER), never);
    await writeFile(file("app"), Buffer.alloc(LAYER.bytes.length));
    const source = sourceOf(LAYER, { near: [layoutAt("near")], look: true });
    expect(await folder.open("app").putBlob(DESCRIPTOR, source, never)).toBe("mounted");
    expect((await stat(file("app"))).ino).toBe((await stat(file("near"))).ino);
  });

  it("is copied where somebody else may write it", async () => {
    await chmod(file("near"), 0o664);
    expect(await take([layoutAt("near")])).toEqual({ outcome: "uploaded", opened: 0 });
    expect((await stat(file("app"))).ino).not.toBe((await stat(file("near"))).ino);
  });

  it("is copied from another file system", async () => {
    const parent = otherFileSystem();
    await using other = await makeFolder(parent);
    await other.open("near").putBlob(DESCRIPTOR, sourceOf(LAYER), never);
    const near = `oci-layout:${other.path("near")}` as Repository;
    const expected = parent === tmpdir() ? "mounted" : "uploaded";
    expect(await take([near])).toEqual({ outcome: expected, opened: 0 });
  });

  const useless: readonly [string, () => Promise<unknown>][] = [
    ["has other bytes", () => writeFile(file("near"), Buffer.alloc(LAYER.bytes.length))],
    ["has fewer bytes", () => writeFile(file("near"), "few")],
    ["is not there", () => rm(file("near"))],
    [
      "is a link",
      async () => {
        await rename(file("near"), folder.path("elsewhere"));
        await symlink(folder.path("elsewhere"), file("near"));
      },
    ],
    [
      "lies behind a link",
      async () => {
        await rename(folder.path("near/blobs"), folder.path("elsewhere"));
        await symlink(folder.path("elsewhere"), folder.path("near/blobs"));
      },
    ],
  ];
  it.for(useless)("003-14 comes from its source where the one nearby %s", async ([, spoil]) => {
    await spoil();
    expect(await take([layoutAt("near")])).toEqual({ outcome: "uploaded", opened: 1 });
  });

  it("comes from its source where nearby is a registry or the layout itself", async () => {
    const near = ["registry.example.com/team/app" as Repository, layoutAt("app")];
    expect(await take(near)).toEqual({ outcome: "uploaded", opened: 1 });
  });

  it("is not taken from outside of the root where paths are restricted", async () => {
    const near = `oci-layout:${folder.path("near")}` as Repository;
    const restricted = { restrictPaths: true };
    expect(await take([near], restricted)).toEqual({ outcome: "uploaded", opened: 1 });
  });
});

describe("paths of layouts", () => {
  const leaving: readonly [string, string][] = [
    ["is absolute", "oci-layout:/tmp/waybill-never-made"],
    ["leaves the root", "oci-layout:../waybill-never-made"],
  ];
  it.for(leaving)("that %s is refused where the tree is a stranger's", async ([, text]) => {
    await using folder = await makeFolder();
    const settings = settingsFor(folder.root, { restrictPaths: true });
    expect(() => openLayoutRepository(text as Repository, settings)).toThrow(
      expect.objectContaining({ code: "refused" }),
    );
  });

  it("that lead through a link are refused where the tree is a stranger's", async () => {
    await using folder = await makeFolder();
    const outside = await mkdtemp(join(tmpdir(), "waybill-outside-"));
    try {
      await mkdir(folder.path("var"));
      await symlink(outside, folder.path("var/link"));
      const strict = folder.open("var/link/app", { restrictPaths: true });
      await expect(strict.tags(never)).rejects.toMatchObject({ code: "refused" });
      const put = strict.putBlob(DESCRIPTOR, sourceOf(LAYER), never);
      await expect(put).rejects.toMatchObject({ code: "refused" });
      const trusting = folder.open("var/link/app");
      expect(await trusting.putBlob(DESCRIPTOR, sourceOf(LAYER), never)).toBe("uploaded");
    } finally {
      await rm(outside, { recursive: true });
    }
  });
});

/** A folder on another file system than the temporary folder's, where the machine has one. */
function otherFileSystem(): string {
  const here = statSync(tmpdir()).dev;
  const stats = statSync("/dev/shm", { throwIfNoEntry: false });
  return stats === undefined || stats.dev === here ? tmpdir() : "/dev/shm";
}
