import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Descriptor } from "#model";
import type { WriteRepository } from "../../../src/stores/port.ts";
import { StoreError } from "../../../src/stores/store-error.ts";
import {
  artifact,
  blob,
  image,
  index,
  MEDIA,
  multiArch,
  pattern,
  sbomFor,
  signatureFor,
  evidenceTag,
  type Built,
} from "../../support/images.ts";
import {
  descriptorOfBuilt,
  digestOfBuilt,
  never,
  readAll,
  sourceOf,
  streamOf,
} from "../registry/client/fixture.ts";
import { push, putManifest, tagNow, type StoreKind, type StoreUnderTest } from "./fixture.ts";

const PATH = "team/app";
const HEX = "ab".repeat(32);

/** What every kind of store proves alike: the promises that stand in `src/stores/port.ts`. */
export function describeStore(kind: StoreKind): void {
  describe(`the port's contract: ${kind.name}`, () => {
    let store: StoreUnderTest;
    let repository: WriteRepository;

    beforeEach(async () => {
      store = await kind.open();
      repository = store.repository(PATH);
    });
    afterEach(() => store[Symbol.asyncDispose]());

    describe("what is not there", () => {
      it("is absent, each in its own way", async () => {
        const gone = `sha256:${HEX}`;
        const { digest, ...rest } = descriptorOfBuilt(image());
        const missing: Descriptor = { digest, ...rest };
        expect(await repository.tags(never)).toMatchObject({ exists: false, tags: [] });
        expect(await repository.head("v1", never)).toBeUndefined();
        expect(await repository.head(gone, never)).toBeUndefined();
        expect(await repository.manifest(digest, never)).toBeUndefined();
        expect(await repository.referrers(digest, never)).toEqual([]);
        expect(await repository.hasBlob(missing, never)).toBe(false);
        await expect(drain(repository, missing)).rejects.toMatchObject({ code: "not-found" });
      });

      it("is absent beside what is there", async () => {
        await push(repository, image(), ["v1"]);
        expect(await repository.head("v2", never)).toBeUndefined();
        expect(await repository.head(`sha256:${HEX}`, never)).toBeUndefined();
        expect((await repository.tags(never)).tags).toEqual(["v1"]);
      });

      it("is never said where the store cannot answer", async () => {
        const built = image();
        await push(repository, built, ["v1"]);
        await store.breakDown(PATH);
        const broken = store.elsewhere(PATH);
        const asked = [
          broken.head("v1", never),
          broken.head("v2", never),
          broken.manifest(digestOfBuilt(built), never),
          broken.tags(never),
          broken.referrers(digestOfBuilt(built), never),
        ];
        for (const answer of await Promise.allSettled(asked)) {
          expect(answer.status).toBe("rejected");
          expect(answer.status === "rejected" && answer.reason).toBeInstanceOf(StoreError);
        }
      });
    });

    describe("what was put", () => {
      it("is there byte by byte", async () => {
        const built = image({ layers: 3, layerBytes: 100_000 });
        expect(await push(repository, built, ["v1"])).toEqual([{ tag: "v1", kind: "written" }]);
        const again = store.elsewhere(PATH);
        const { mediaType, digest, size } = descriptorOfBuilt(built);
        expect(await again.head("v1", never)).toMatchObject({ mediaType, digest, size });
        expect(await again.head(digest, never)).toMatchObject({ mediaType, digest, size });
        const manifest = await again.manifest(digest, never);
        expect(manifest).toMatchObject({ mediaType, digest });
        expect(Buffer.from(manifest?.bytes ?? []).equals(built.bytes)).toBe(true);
        for (const layer of built.blobs) {
          expect(await again.hasBlob(descriptorOfBuilt(layer), never)).toBe(true);
          expect((await drain(again, descriptorOfBuilt(layer))).equals(layer.bytes)).toBe(true);
        }
      });

      it("has as many tags as were asked for", async () => {
        const tags = ["v1", "v1.0", "stable"];
        const outcomes = await push(repository, image(), tags);
        expect(outcomes).toEqual(tags.map((tag) => ({ tag, kind: "written" })));
        const listing = await store.elsewhere(PATH).tags(never);
        expect(listing.exists).toBe(true);
        expect(listing.tags.toSorted()).toEqual(tags.toSorted());
        for (const digest of listing.digests?.values() ?? []) expect(digest).toBe(image().digest);
      });

      it("has no tag where it was put by digest", async () => {
        const built = image();
        await push(repository, image({ seed: "other" }), ["v1"]);
        expect(await push(repository, built)).toEqual([]);
        const again = store.elsewhere(PATH);
        expect((await again.tags(never)).tags).toEqual(["v1"]);
        expect((await again.head(built.digest, never))?.digest).toBe(built.digest);
      });

      const shapes: readonly [string, Built][] = [
        ["a Docker image", image({ docker: true })],
        ["a Docker manifest list", multiArch(["amd64", "arm64"], { docker: true })],
        ["an image that names no media type", image({ bareMediaType: true })],
        ["an image with foreign layers", image({ foreignLayers: 1 })],
        ["an index", multiArch()],
        ["an index in an index", index([multiArch(["amd64"]), image({ seed: "beside" })])],
        ["an empty index", index([])],
        ["an artifact of files", artifact({ files: { "a.txt": "a", "b.txt": "bb" } })],
        ["an artifact without files", artifact()],
        ["an empty layer", image({ layerBytes: 0 })],
      ];
      it.for(shapes)("002-49 is %s", async ([, built]) => {
        await push(repository, built, ["v1"]);
        const again = store.elsewhere(PATH);
        expect(await tagNow(store, PATH, "v1")).toBe(built.digest);
        for (const child of built.children) {
          expect((await again.head(child.digest, never))?.digest).toBe(child.digest);
          const manifest = await again.manifest(digestOfBuilt(child), never);
          expect(Buffer.from(manifest?.bytes ?? []).equals(child.bytes)).toBe(true);
        }
        for (const part of built.blobs)
          expect((await drain(again, descriptorOfBuilt(part))).equals(part.bytes)).toBe(true);
      });

      it("may have a sha512 digest", async () => {
        const built = image({ algorithm: "sha512" });
        await push(repository, built);
        const again = store.elsewhere(PATH);
        expect((await again.head(built.digest, never))?.digest).toBe(built.digest);
        for (const part of built.blobs)
          expect((await drain(again, descriptorOfBuilt(part))).equals(part.bytes)).toBe(true);
        const [outcome] = await putManifest(repository, built, ["v1"]);
        expect(outcome?.kind).toBe(kind.tagsSha512 ? "written" : "failed");
      });
    });

    describe("a tag", () => {
      const one = image({ seed: "one" });
      const two = image({ seed: "two" });
      const three = image({ seed: "three" });

      it("moves from what it must name", async () => {
        await push(repository, one, ["stable"]);
        const write = { tag: "stable", expect: digestOfBuilt(one) };
        expect(await push(repository, two, [write])).toEqual([{ tag: "stable", kind: "written" }]);
        expect(await tagNow(store, PATH, "stable")).toBe(two.digest);
        const before = await store.elsewhere(PATH).head(one.digest, never);
        expect(before?.digest).toBe(one.digest);
      });

      it("that names something else stays, and what it names is told", async () => {
        await push(repository, one, ["stable"]);
        const write = { tag: "stable", expect: digestOfBuilt(three) };
        expect(await push(repository, two, [write])).toEqual([
          { tag: "stable", kind: "moved", found: one.digest },
        ]);
        expect(await tagNow(store, PATH, "stable")).toBe(one.digest);
      });

      it("that is to be new and is taken stays", async () => {
        await push(repository, one, ["stable"]);
        expect(await push(repository, two, ["stable", "v2"])).toEqual([
          { tag: "stable", kind: "moved", found: one.digest },
          { tag: "v2", kind: "written" },
        ]);
        expect(await tagNow(store, PATH, "stable")).toBe(one.digest);
        expect(await tagNow(store, PATH, "v2")).toBe(two.digest);
      });

      it("that should be there and is not is told as moved to nothing", async () => {
        const write = { tag: "stable", expect: digestOfBuilt(one) };
        expect(await push(repository, two, [write])).toEqual([
          { tag: "stable", kind: "moved", found: undefined },
        ]);
      });

      it("that names the manifest already is written, whoever did it", async () => {
        await push(repository, one, ["stable"]);
        const write = { tag: "stable", expect: digestOfBuilt(two) };
        expect(await push(repository, one, [write])).toEqual([{ tag: "stable", kind: "written" }]);
      });

      it("is written by each of many at once, none lost", async () => {
        const built = Array.from({ length: 12 }, (_, at) => image({ seed: `many ${at}` }));
        const ends = [repository, store.elsewhere(PATH)];
        await Promise.all(
          built.map((item, at) => push(ends[at % 2] ?? repository, item, [`v${at}`])),
        );
        const { tags } = await store.elsewhere(PATH).tags(never);
        expect(tags.toSorted()).toEqual(built.map((_, at) => `v${at}`).toSorted());
      });
    });

    describe("evidence", () => {
      const subject = image({ seed: "subject" });
      const sbom = sbomFor(subject);

      it("002-43 001-12 is listed with what it is", async () => {
        await push(repository, subject, ["v1"]);
        await push(repository, sbom);
        const listed = await store.elsewhere(PATH).referrers(digestOfBuilt(subject), never);
        expect(listed).toMatchObject([
          {
            ...descriptorOfBuilt(sbom),
            artifactType: MEDIA.spdx,
            annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
          },
        ]);
      });

      it("002-43 may come before what it is about", async () => {
        await push(repository, sbom);
        await push(repository, subject, ["v1"]);
        const listed = await store.elsewhere(PATH).referrers(digestOfBuilt(subject), never);
        expect(listed.map(({ digest }) => digest)).toEqual([sbom.digest]);
      });

      it("may be about a child, and about other evidence", async () => {
        const whole = multiArch();
        const child = whole.children[0] ?? whole;
        const about = sbomFor(child);
        const aboutThat = sbomFor(about, "of the sbom");
        for (const item of [whole, about, aboutThat]) await push(repository, item);
        const again = store.elsewhere(PATH);
        expect(await digestsOf(again, child)).toEqual([about.digest]);
        expect(await digestsOf(again, about)).toEqual([aboutThat.digest]);
        expect(await digestsOf(again, whole)).toEqual([]);
      });

      it("is all listed where many write at once", async () => {
        await push(repository, subject, ["v1"]);
        const many = Array.from({ length: 8 }, (_, at) => sbomFor(subject, `sbom-${at}`));
        await Promise.all(many.map((item) => push(repository, item)));
        const found = await digestsOf(store.elsewhere(PATH), subject);
        expect(found.toSorted()).toEqual(many.map(({ digest }) => digest).toSorted());
      });

      it("in the form of a tag is a tag", async () => {
        const tag = evidenceTag(subject.digest);
        await push(repository, signatureFor(subject), [tag]);
        await push(repository, subject, ["v1"]);
        const { tags } = await store.elsewhere(PATH).tags(never);
        expect(tags.toSorted()).toEqual([tag, "v1"].toSorted());
      });
    });

    describe("a blob", () => {
      const layer = blob(pattern("layer", 300_000), MEDIA.layer);
      const descriptor = descriptorOfBuilt(layer);

      it("is not sent again where it is", async () => {
        await repository.putBlob(descriptor, sourceOf(layer), never);
        for (const look of [false, true]) {
          const source = sourceOf(layer, { look });
          const outcome = await store.elsewhere(PATH).putBlob(descriptor, source, never);
          expect(outcome).not.toBe("uploaded");
          expect(source.opened()).toBe(0);
        }
      });

      it("comes from a repository of the same store without being sent", async () => {
        const near = store.repository("team/near");
        await near.putBlob(descriptor, sourceOf(layer), never);
        const source = sourceOf(layer, { near: [near.repository] });
        expect(await repository.putBlob(descriptor, source, never)).toBe("mounted");
        expect(source.opened()).toBe(0);
        expect((await drain(repository, descriptor)).equals(layer.bytes)).toBe(true);
      });

      it("comes from the stream where the near repository does not hold it", async () => {
        const near = store.repository("team/near");
        await push(near, image());
        const source = sourceOf(layer, { near: [near.repository] });
        expect(await repository.putBlob(descriptor, source, never)).toBe("uploaded");
        expect((await drain(repository, descriptor)).equals(layer.bytes)).toBe(true);
      });

      it("is whole where many put it at once", async () => {
        const puts = Array.from({ length: 10 }, () =>
          repository.putBlob(descriptor, sourceOf(layer), never),
        );
        await Promise.all([
          ...puts,
          store.elsewhere(PATH).putBlob(descriptor, sourceOf(layer), never),
        ]);
        expect((await drain(repository, descriptor)).equals(layer.bytes)).toBe(true);
      });

      const wrong: readonly [string, Buffer][] = [
        ["other bytes", Buffer.from(layer.bytes).fill(7, 299_999)],
        ["fewer bytes", layer.bytes.subarray(0, 299_999)],
        ["no bytes", Buffer.alloc(0)],
      ];
      it.for(wrong)("003-14 is not there after a stream of %s", async ([, bytes]) => {
        const source = sourceOf(layer, { open: async () => streamOf(bytes) });
        await expect(repository.putBlob(descriptor, source, never)).rejects.toBeInstanceOf(
          StoreError,
        );
        const again = store.elsewhere(PATH);
        expect(await again.hasBlob(descriptor, never)).toBe(false);
        expect(await again.putBlob(descriptor, sourceOf(layer), never)).toBe("uploaded");
      });

      it("003-14 is never more than its bytes, whatever the stream goes on to say", async () => {
        const more = Buffer.concat([layer.bytes, Buffer.from("x")]);
        const source = sourceOf(layer, { open: async () => streamOf(more) });
        await Promise.allSettled([repository.putBlob(descriptor, source, never)]);
        const again = store.elsewhere(PATH);
        if (await again.hasBlob(descriptor, never))
          expect((await drain(again, descriptor)).equals(layer.bytes)).toBe(true);
      });

      it("003-14 whose stored bytes were changed is read to its last chunk and not beyond", async () => {
        await repository.putBlob(descriptor, sourceOf(layer), never);
        const changed = Buffer.from(layer.bytes).fill(7, 0, 1);
        await store.tamper(PATH, descriptor.digest, changed);
        let read = 0;
        async function reading(): Promise<void> {
          const chunks = await store.elsewhere(PATH).blob(descriptor, never);
          for await (const chunk of chunks) read += chunk.length;
        }
        await expect(reading()).rejects.toMatchObject({ code: "digest-mismatch" });
        expect(read).toBeLessThan(descriptor.size);
      });
    });

    describe("a manifest", () => {
      it("003-14 whose stored bytes were changed is not given out", async () => {
        const built = image();
        await push(repository, built, ["v1"]);
        const changed = Buffer.from(built.bytes.toString("utf8").replace("amd64", "arm64"));
        const same = changed.equals(built.bytes)
          ? Buffer.from(built.bytes).fill(32, 0, 1)
          : changed;
        await store.tamper(PATH, digestOfBuilt(built), same);
        const reading = store.elsewhere(PATH).manifest(digestOfBuilt(built), never);
        await expect(reading).rejects.toMatchObject({ code: "digest-mismatch" });
      });

      it("is refused while what it points at is not there", async () => {
        const built = image();
        await expect(putManifest(repository, built, ["v1"])).rejects.toBeInstanceOf(StoreError);
        expect(await tagNow(store, PATH, "v1")).toBeUndefined();
      });

      it("is refused where its bytes are no manifest", async () => {
        const broken = { ...image(), ...blob("{", MEDIA.manifest) };
        await expect(putManifest(repository, broken, ["v1"])).rejects.toBeInstanceOf(StoreError);
        expect(await tagNow(store, PATH, "v1")).toBeUndefined();
      });

      it("is refused over the limit of 4 MiB", async () => {
        const annotations = { filler: "x".repeat(4 * 1024 * 1024) };
        const large = image({ annotations });
        await expect(push(repository, large, ["v1"])).rejects.toBeInstanceOf(StoreError);
        expect(await tagNow(store, PATH, "v1")).toBeUndefined();
      });
    });

    describe("an interruption", () => {
      it("that came before stops everything", async () => {
        const built = image();
        const digest = digestOfBuilt(built);
        const layer = built.blobs[0] ?? built;
        const signal = AbortSignal.abort();
        const { mediaType, bytes } = built;
        const asked = [
          repository.head("v1", signal),
          repository.manifest(digest, signal),
          repository.tags(signal),
          repository.referrers(digest, signal),
          repository.hasBlob(descriptorOfBuilt(layer), signal),
          repository.putBlob(descriptorOfBuilt(layer), sourceOf(layer), signal),
          repository.putManifest({ digest, mediaType, bytes }, [], signal),
        ];
        for (const answer of await Promise.allSettled(asked))
          expect(answer).toMatchObject({ status: "rejected", reason: { code: "interrupted" } });
      });

      it("while a blob is on its way leaves nothing of it", async () => {
        const layer = blob(pattern("long", 2_000_000), MEDIA.layer);
        const abort = new AbortController();
        async function* cut(): AsyncGenerator<Uint8Array> {
          yield layer.bytes.subarray(0, 1_500_000);
          abort.abort();
          yield layer.bytes.subarray(1_500_000);
        }
        const source = sourceOf(layer, { open: async () => cut() });
        const putting = repository.putBlob(descriptorOfBuilt(layer), source, abort.signal);
        await expect(putting).rejects.toMatchObject({ code: "interrupted" });
        expect(await store.elsewhere(PATH).hasBlob(descriptorOfBuilt(layer), never)).toBe(false);
      });
    });
  });
}

async function drain(repository: WriteRepository, descriptor: Descriptor): Promise<Buffer> {
  return readAll(await repository.blob(descriptor, never));
}

async function digestsOf(repository: WriteRepository, about: Built): Promise<readonly string[]> {
  return (await repository.referrers(digestOfBuilt(about), never)).map(({ digest }) => digest);
}
