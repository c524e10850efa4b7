import { watch } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { blob, image, index, MEDIA, multiArch, sbomFor } from "../../support/images.ts";
import { push, putManifest } from "../contract/fixture.ts";
import { descriptorOfBuilt, digestOfBuilt, never, sourceOf } from "../registry/client/fixture.ts";
import { entriesOf, indexOf, makeFolder, type Folder } from "./fixture.ts";

const REF_NAME = "org.opencontainers.image.ref.name";

describe("a layout on disk", () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  it("002-49 has the files of the image specification and no other", async () => {
    const built = image();
    await push(folder.open("payments/api"), built, ["v1"]);
    expect((await readdir(folder.path("payments/api"))).toSorted()).toEqual([
      "blobs",
      "index.json",
      "oci-layout",
    ]);
    expect(JSON.parse(await readFile(folder.path("payments/api/oci-layout"), "utf8"))).toEqual({
      imageLayoutVersion: "1.0.0",
    });
    const names = await readdir(folder.path("payments/api/blobs/sha256"));
    const expected = [built, ...built.blobs].map(({ digest }) => digest.slice("sha256:".length));
    expect(names.toSorted()).toEqual(expected.toSorted());
    expect(await indexOf(folder, "payments/api")).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA.index,
      manifests: [{ ...descriptorOfBuilt(built), annotations: { [REF_NAME]: "v1" } }],
    });
  });

  it("may lie in a folder that is a layout too, and a folder between is none", async () => {
    await push(folder.open("a/b/c"), image(), ["v1"]);
    expect(await folder.open("a/b").tags(never)).toMatchObject({ exists: false });
    await push(folder.open("a"), image({ seed: "outer" }), ["v2"]);
    expect((await folder.open("a").tags(never)).tags).toEqual(["v2"]);
    expect((await folder.open("a/b/c").tags(never)).tags).toEqual(["v1"]);
  });

  it("is not made by reading", async () => {
    const repository = folder.open("never/made");
    await repository.tags(never);
    await repository.head("v1", never);
    expect(await readdir(folder.root)).toEqual([]);
  });

  it("lists an index and not the children that came before it", async () => {
    const whole = index([multiArch(), image({ seed: "beside" })]);
    await push(folder.open("app"), whole, ["v1"]);
    const entries = await entriesOf(folder, "app");
    expect(entries.map(({ digest }) => digest)).toEqual([whole.digest]);
    const again = folder.open("app");
    for (const child of [...whole.children, ...(whole.children[0]?.children ?? [])])
      expect((await again.head(child.digest, never))?.digest).toBe(child.digest);
  });

  it("keeps the entry of a child that has a tag or is evidence", async () => {
    const child = image({ seed: "child", platform: { os: "linux", architecture: "amd64" } });
    const evidence = sbomFor(child);
    const repository = folder.open("app");
    await push(repository, child, ["child"]);
    await push(repository, index([child, evidence]), ["v1"]);
    const tags = (await repository.tags(never)).tags;
    expect(tags).toContain("child");
    const entries = await entriesOf(folder, "app");
    expect(entries.map(({ digest }) => digest)).toContain(evidence.digest);
  });

  it("keeps what a moved tag named, without a name, and once", async () => {
    const [one, two] = [image({ seed: "one" }), image({ seed: "two" })];
    const repository = folder.open("app");
    await push(repository, one, ["stable", "v1"]);
    await push(repository, two, [{ tag: "stable", expect: digestOfBuilt(one) }]);
    await push(repository, two, [{ tag: "v1", expect: digestOfBuilt(one) }]);
    const entries = await entriesOf(folder, "app");
    expect(entries.map(({ digest, annotations }) => [digest, annotations?.[REF_NAME]])).toEqual([
      [one.digest, undefined],
      [two.digest, "stable"],
      [two.digest, "v1"],
    ]);
  });

  it("gives a name to the entry that has none", async () => {
    const built = image();
    const repository = folder.open("app");
    await push(repository, built);
    await putManifest(repository, built, ["v1"]);
    expect(await entriesOf(folder, "app")).toEqual([
      { ...descriptorOfBuilt(built), annotations: { [REF_NAME]: "v1" } },
    ]);
  });

  it("keeps what other tools wrote into index.json", async () => {
    const built = image();
    const repository = folder.open("app");
    await push(repository, built, ["v1"]);
    const before = await indexOf(folder, "app");
    const theirs = {
      ...before,
      annotations: { "com.example.made-by": "another tool" },
      manifests: [
        { ...before.manifests[0], platform: { os: "linux", architecture: "amd64" }, extra: [1] },
        { mediaType: "text/plain", digest: "blake3:abc", size: 3 },
      ],
    };
    await writeFile(folder.path("app/index.json"), JSON.stringify(theirs));
    await push(folder.open("app"), image({ seed: "next" }), ["v2"]);
    const after = await indexOf(folder, "app");
    expect(after).toEqual({ ...theirs, manifests: [...theirs.manifests, after.manifests[2]] });
    expect((await folder.open("app").tags(never)).tags).toEqual(["v1", "v2"]);
  });

  it("002-43 lists evidence as oras does, and in the fallback index as regctl does", async () => {
    const subject = image();
    const sboms = [sbomFor(subject, "one"), sbomFor(subject, "two")];
    const repository = folder.open("app");
    for (const sbom of sboms) await push(repository, sbom);
    await push(repository, subject, ["v1"]);
    const entries = await entriesOf(folder, "app");
    const created = { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" };
    const listed = sboms.map((sbom) => ({
      ...descriptorOfBuilt(sbom),
      artifactType: MEDIA.spdx,
      annotations: created,
    }));
    expect(entries).toEqual(expect.arrayContaining(listed));
    const tag = subject.digest.replace(":", "-");
    const fallback = entries.filter(({ annotations }) => annotations?.[REF_NAME] === tag);
    expect(fallback).toHaveLength(1);
    const manifest = await repository.manifest(
      digestOfBuilt({ digest: fallback[0]?.digest ?? "" }),
      never,
    );
    expect(JSON.parse(Buffer.from(manifest?.bytes ?? []).toString("utf8"))).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA.index,
      manifests: listed,
    });
    expect(entries).toHaveLength(4);
  });

  it("002-43 reads evidence that only a fallback index lists, and says so where it is not there", async () => {
    const subject = image();
    const [there, gone] = [sbomFor(subject, "there"), sbomFor(subject, "gone")];
    const repository = folder.open("app");
    await push(repository, subject, ["v1"]);
    for (const item of [there, gone]) await push(repository, item);
    const { manifests, ...rest } = await indexOf(folder, "app");
    const tagged = manifests.filter(({ annotations }) => annotations?.[REF_NAME] !== undefined);
    await writeFile(folder.path("app/index.json"), JSON.stringify({ ...rest, manifests: tagged }));
    await rm(folder.path("app/blobs", ...gone.digest.split(":")));
    const again = folder.open("app");
    const listed = await again.referrers(digestOfBuilt(subject), never);
    expect(listed.map(({ digest }) => digest).toSorted()).toEqual(
      [there.digest, gone.digest].toSorted(),
    );
    expect(await again.manifest(digestOfBuilt(gone), never)).toBeUndefined();
  });

  it("leaves alone what stands under a fallback tag and is no index", async () => {
    const subject = image();
    const tag = subject.digest.replace(":", "-");
    const repository = folder.open("app");
    await push(repository, image({ seed: "foreign" }), [tag]);
    await push(repository, sbomFor(subject));
    expect((await repository.head(tag, never))?.digest).toBe(image({ seed: "foreign" }).digest);
    const listed = await repository.referrers(digestOfBuilt(subject), never);
    expect(listed.map(({ digest }) => digest)).toEqual([sbomFor(subject).digest]);
  });

  it("takes no tag from a manifest's own annotations", async () => {
    const subject = image();
    const annotations = { [REF_NAME]: "stable", "com.example.kept": "yes" };
    const referrer = image({ seed: "sneaky", subject, annotations });
    const repository = folder.open("app");
    await push(repository, subject, ["v1"]);
    await push(repository, referrer);
    const { tags } = await folder.open("app").tags(never);
    expect(tags).not.toContain("stable");
    const entry = (await entriesOf(folder, "app")).find(({ digest }) => digest === referrer.digest);
    expect(entry?.annotations).toEqual({ "com.example.kept": "yes" });
  });

  it("has a tag only where its manifest is there, whole", async () => {
    const built = image();
    const path = folder.path("app/blobs", ...built.digest.split(":"));
    await push(folder.open("app"), built, ["v1"]);
    await writeFile(path, built.bytes.subarray(0, 10));
    const repository = folder.open("app");
    expect(await repository.head("v1", never)).toBeUndefined();
    expect(await repository.tags(never)).toMatchObject({ exists: true, tags: [] });
    // As a run after a crash does: the tag is new to it, and the manifest is written again.
    expect(await push(repository, built, ["v1"])).toEqual([{ tag: "v1", kind: "written" }]);
    expect(await readFile(path)).toEqual(built.bytes);
  });

  it("has a damaged blob written anew, by size always and by hash in a repair", async () => {
    const layer = blob("a layer", MEDIA.layer);
    const descriptor = descriptorOfBuilt(layer);
    const path = folder.path("app/blobs", ...layer.digest.split(":"));
    function put(look: boolean): Promise<string> {
      return folder.open("app").putBlob(descriptor, sourceOf(layer, { look }), never);
    }
    expect(await put(false)).toBe("uploaded");
    await writeFile(path, "a lay");
    expect(await folder.open("app").hasBlob(descriptor, never)).toBe(false);
    expect(await put(false)).toBe("uploaded");
    await writeFile(path, "a LAYER");
    expect(await put(false)).toBe("present");
    expect(await put(true)).toBe("uploaded");
    expect(await readFile(path, "utf8")).toBe("a layer");
  });

  it("is read again when another program changed index.json", async () => {
    const repository = folder.open("app");
    await push(repository, image(), ["v1"]);
    expect((await repository.tags(never)).tags).toEqual(["v1"]);
    const text = await readFile(folder.path("app/index.json"), "utf8");
    for (const tag of ["v2", "v3", "v4"]) {
      await writeFile(folder.path("app/index.json"), text.replace('"v1"', `"${tag}"`));
      expect((await repository.tags(never)).tags).toEqual([tag]);
    }
  });

  it("is written once for what is put at the same time", async () => {
    const repository = folder.open("app");
    const built = Array.from({ length: 20 }, (_, at) => image({ seed: `${at}` }));
    for (const item of built)
      for (const part of item.blobs)
        await repository.putBlob(descriptorOfBuilt(part), sourceOf(part), never);
    const replaced: string[] = [];
    const watcher = watch(folder.path("app"), (_, name) => {
      if (name === "index.json") replaced.push(name);
    });
    await Promise.all(built.map((item, at) => putManifest(repository, item, [`v${at}`])));
    await vi.waitFor(() => expect(replaced).not.toEqual([]));
    watcher.close();
    expect(replaced.length).toBeLessThan(8);
    expect((await repository.tags(never)).tags).toHaveLength(20);
  });

  it("takes no more than sixteen blobs at once", async () => {
    const repository = folder.open("app");
    let [open, peak] = [0, 0];
    async function* slow(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
      open += 1;
      peak = Math.max(peak, open);
      await new Promise(setImmediate);
      yield bytes;
      open -= 1;
    }
    const blobs = Array.from({ length: 60 }, (_, at) => blob(`blob ${at}`, MEDIA.layer));
    await Promise.all(
      blobs.map((item) => {
        const source = sourceOf(item, { open: async () => slow(item.bytes) });
        return repository.putBlob(descriptorOfBuilt(item), source, never);
      }),
    );
    expect(peak).toBeLessThanOrEqual(16);
    expect(peak).toBeGreaterThan(1);
  });

  it("may be started over where a killed run had begun to make it", async () => {
    await mkdir(folder.path("app/blobs/sha256"), { recursive: true });
    await writeFile(folder.path("app/index.json"), '{"schemaVersion":2,"manifests":[]}');
    expect(await folder.open("app").tags(never)).toMatchObject({ exists: false });
    await push(folder.open("app"), image(), ["v1"]);
    expect((await folder.open("app").tags(never)).tags).toEqual(["v1"]);
  });
});
