import type { Manifest } from "#model";
import { describe, expect, it } from "vitest";
import type { TagOutcome, TagWrite } from "../../../../src/stores/port.ts";
import { image, seed, type Built } from "../../../support/images.ts";
import type { RegistryOptions } from "../../../support/registry/index.ts";
import { digestOfBuilt, never, newTags, startBench, trace, type Bench } from "./fixture.ts";

const old = image({ seed: "old" });
const fresh = image({ seed: "fresh" });
const foreign = image({ seed: "foreign" });

function manifestOf(built: Built): Manifest {
  return { digest: digestOfBuilt(built), mediaType: built.mediaType, bytes: built.bytes };
}

/** Writes `fresh`, whose blobs are there, under the tags. */
function write(bench: Bench, tags: readonly TagWrite[]): Promise<readonly TagOutcome[]> {
  return bench.open("team/app").putManifest(manifestOf(fresh), tags, never);
}

async function filled(options: RegistryOptions = {}): Promise<Bench> {
  const bench = await startBench(options);
  const stored = bench.registry.repository("team/app");
  seed(stored, old, ["stable"]);
  seed(stored, foreign);
  for (const blob of fresh.blobs) stored.putBlob(blob.bytes);
  return bench;
}

function tagsOf(bench: Bench): Record<string, string> {
  return bench.registry.repository("team/app").snapshot().tags;
}

/** Lets somebody else move a tag just before the request that fits arrives. */
function race(bench: Bench, method: string, nth: number, tag: string = "stable"): void {
  bench.registry.fault({
    match: { method, kind: "manifest", nth },
    do: {
      kind: "call",
      run: () => {
        bench.registry.repository("team/app").tags.set(tag, foreign.digest);
      },
    },
  });
}

const move: TagWrite = { tag: "stable", expect: digestOfBuilt(old) };

describe("a new tag", () => {
  it("002-12 is one PUT, on condition that there is none", async () => {
    await using bench = await filled();
    expect(await write(bench, newTags("v2"))).toEqual([{ tag: "v2", kind: "written" }]);
    expect(trace(bench.registry)).toEqual(["PUT manifest 201"]);
    expect(bench.registry.requests[0]?.headers["if-none-match"]).toBe("*");
    expect(tagsOf(bench)["v2"]).toBe(fresh.digest);
  });

  it("is looked for where a success says neither 201 nor a digest: a proxy's page is no proof", async () => {
    await using bench = await filled();
    const page = { kind: "answer", status: 200, body: "<html></html>" } as const;
    bench.registry.fault({ match: { method: "PUT", kind: "manifest" }, do: page });
    await expect(write(bench, newTags("v2"))).rejects.toMatchObject({
      code: "invalid-answer",
      message: expect.stringContaining("does not hold it"),
    });
    await using terse = await filled({ putStatus: 204, digestHeader: "omitted" });
    expect(await write(terse, newTags("v2"))).toEqual([{ tag: "v2", kind: "written" }]);
  });

  it("is written where no answer names a digest: the bytes are ours", async () => {
    await using bench = await filled({ digestHeader: "omitted" });
    expect(await write(bench, newTags("v2"))).toEqual([{ tag: "v2", kind: "written" }]);
  });

  it("is not written where the answer names another digest", async () => {
    await using bench = await filled({ digestHeader: "wrong" });
    const [outcome] = await write(bench, newTags("v2"));
    expect(outcome).toMatchObject({ kind: "failed", error: { code: "digest-mismatch" } });
  });

  it("that somebody made first is moved, where the host keeps conditions, and ours is stored by digest", async () => {
    await using bench = await filled({ conditional: "if-match" });
    bench.registry.repository("team/app").tags.set("v2", foreign.digest);
    expect(await write(bench, newTags("v2"))).toEqual([
      { tag: "v2", kind: "moved", found: foreign.digest },
    ]);
    expect(tagsOf(bench)["v2"]).toBe(foreign.digest);
    expect(bench.registry.repository("team/app").manifests.has(fresh.digest)).toBe(true);
  });

  it("that somebody made first with the same digest is written", async () => {
    await using bench = await filled({ conditional: "if-match" });
    seed(bench.registry.repository("team/app"), fresh, ["v2"]);
    expect(await write(bench, newTags("v2"))).toEqual([{ tag: "v2", kind: "written" }]);
  });
});

describe("a tag that moves", () => {
  it("is looked at, written, and looked at again", async () => {
    await using bench = await filled();
    expect(await write(bench, [move])).toEqual([{ tag: "stable", kind: "written" }]);
    expect(trace(bench.registry)).toEqual([
      "HEAD manifest 200",
      "PUT manifest 201",
      "HEAD manifest 200",
    ]);
    expect(tagsOf(bench)["stable"]).toBe(fresh.digest);
  });

  it("is written on condition of the ETag where the host gives one", async () => {
    await using bench = await filled({ conditional: "if-match" });
    await write(bench, [move]);
    expect(bench.registry.find({ method: "PUT" })[0]?.headers["if-match"]).toBe(`"${old.digest}"`);
  });

  it.for([
    ["before it is looked at", "HEAD", 1, {}],
    [
      "between look and write, where the host keeps conditions",
      "PUT",
      1,
      { conditional: "if-match" },
    ],
    ["between write and the second look", "HEAD", 2, {}],
  ] as const)("by somebody else %s is an outcome of its own", async ([, method, nth, options]) => {
    await using bench = await filled(options);
    race(bench, method, nth);
    expect(await write(bench, [move])).toEqual([
      { tag: "stable", kind: "moved", found: foreign.digest },
    ]);
    expect(tagsOf(bench)["stable"]).toBe(foreign.digest);
  });

  it("is not written where it is gone", async () => {
    await using bench = await filled();
    bench.registry.repository("team/app").deleteTag("stable");
    expect(await write(bench, [move])).toEqual([
      { tag: "stable", kind: "moved", found: undefined },
    ]);
  });

  it("needs no write where it names our digest already", async () => {
    await using bench = await filled();
    seed(bench.registry.repository("team/app"), fresh, ["stable"]);
    expect(await write(bench, [move])).toEqual([{ tag: "stable", kind: "written" }]);
    expect(trace(bench.registry)).toEqual(["HEAD manifest 200"]);
  });
});

describe("a tag that may not be written", () => {
  it.for(["harbor", "conflict", "forbidden"] as const)(
    "fails alone, in the words of a rule (%s), and its manifest is stored",
    async (as) => {
      await using bench = await filled({ immutable: { tags: /^stable$/, as } });
      const outcomes = await write(bench, [...newTags("v2"), move]);
      expect(outcomes[0]).toEqual({ tag: "v2", kind: "written" });
      expect(outcomes[1]).toMatchObject({
        tag: "stable",
        kind: "failed",
        error: { code: "refused", retryable: false },
      });
      expect(tagsOf(bench)).toMatchObject({ v2: fresh.digest, stable: old.digest });
    },
  );

  it("is written where a rule protects what it already is", async () => {
    await using bench = await filled({ immutable: { tags: /^v2$/, as: "harbor" } });
    seed(bench.registry.repository("team/app"), fresh, ["v2"]);
    expect(await write(bench, newTags("v2"))).toEqual([{ tag: "v2", kind: "written" }]);
  });

  it("stores the manifest by its digest where it was the only one", async () => {
    await using bench = await filled({ immutable: { tags: /^stable$/ } });
    expect(await write(bench, [move])).toMatchObject([{ kind: "failed" }]);
    expect(bench.registry.repository("team/app").manifests.has(fresh.digest)).toBe(true);
  });

  it.for([
    ["not yet", {}],
    ["known", { ociTag: true }],
    ["known not", { ociTag: false }],
  ] as const)("fails alone where the host fails at it; OCI-Tag is %s", async ([state, options]) => {
    await using bench = await filled(options);
    if (state !== "not yet") await write(bench, newTags("w1", "w2"));
    bench.registry.fault({
      match: { method: "HEAD", times: Infinity },
      do: { kind: "answer", status: 500 },
    });
    const outcomes = await write(bench, [move, ...newTags("v2")]);
    expect(outcomes).toMatchObject([
      { tag: "stable", kind: "failed", error: { code: "unavailable", retryable: true } },
      { tag: "v2", kind: "written" },
    ]);
  });
});

describe("several tags", () => {
  const three = newTags("v2", "v2.1", "v2.1.0");

  it("are one PUT where the host answers OCI-Tag", async () => {
    await using bench = await filled({ ociTag: true });
    expect(await write(bench, three)).toEqual(three.map(({ tag }) => ({ tag, kind: "written" })));
    expect(trace(bench.registry)).toEqual(["PUT manifest 201"]);
    expect(tagsOf(bench)).toMatchObject({ v2: fresh.digest, "v2.1.0": fresh.digest });
  });

  it("are a PUT each where it does not, which is learned once a host", async () => {
    await using bench = await filled();
    expect(await write(bench, three)).toEqual(three.map(({ tag }) => ({ tag, kind: "written" })));
    expect(bench.registry.count()).toBe(4);
    bench.registry.reset();
    await write(bench, newTags("w1", "w2"));
    expect(bench.registry.count()).toBe(2);
  });

  it("are looked at and read back where they move, and only they", async () => {
    await using bench = await filled({ ociTag: true });
    expect(await write(bench, [...three, move])).toHaveLength(4);
    expect(trace(bench.registry)).toEqual([
      "HEAD manifest 200",
      "PUT manifest 201",
      "HEAD manifest 200",
    ]);
    expect(tagsOf(bench)["stable"]).toBe(fresh.digest);
  });

  it("leave out the one that was moved", async () => {
    await using bench = await filled({ ociTag: true });
    race(bench, "HEAD", 1);
    expect(await write(bench, [...newTags("v2"), move])).toEqual([
      { tag: "v2", kind: "written" },
      { tag: "stable", kind: "moved", found: foreign.digest },
    ]);
    expect(tagsOf(bench)).toMatchObject({ v2: fresh.digest, stable: foreign.digest });
  });

  it("are written one by one where a rule is against one of them", async () => {
    await using bench = await filled({ ociTag: true, immutable: { tags: /^stable$/ } });
    expect(await write(bench, [...newTags("v2"), move])).toMatchObject([
      { tag: "v2", kind: "written" },
      { tag: "stable", kind: "failed", error: { code: "refused" } },
    ]);
  });
});

describe("a sha512 manifest", () => {
  const long = image({ seed: "long", algorithm: "sha512" });

  async function writeLong(bench: Bench): Promise<readonly TagOutcome[]> {
    const stored = bench.registry.repository("team/app");
    for (const blob of long.blobs) stored.putBlob(blob.bytes, blob.digest);
    return bench.open("team/app").putManifest(manifestOf(long), newTags("v2"), never);
  }

  it("gets its tag together with its digest, where the host can", async () => {
    await using bench = await filled({ ociTag: true });
    expect(await writeLong(bench)).toEqual([{ tag: "v2", kind: "written" }]);
    expect(tagsOf(bench)["v2"]).toBe(long.digest);
  });

  it("is stored, and not tagged by another digest, where it cannot", async () => {
    await using bench = await filled();
    expect(await writeLong(bench)).toMatchObject([
      { tag: "v2", kind: "failed", error: { code: "unsupported" } },
    ]);
    expect(tagsOf(bench)["v2"]).toBeUndefined();
    expect(bench.registry.repository("team/app").manifests.has(long.digest)).toBe(true);
  });

  it("is refused with the true reason by a host that knows sha256 only", async () => {
    await using bench = await filled();
    const body = '{"errors":[{"code":"DIGEST_INVALID","message":"did not match"}]}';
    const headers = { "Content-Type": "application/json" };
    bench.registry.fault({
      match: { method: "PUT", kind: "manifest" },
      do: { kind: "answer", status: 400, headers, body },
    });
    await expect(writeLong(bench)).rejects.toMatchObject({ code: "unsupported" });
  });
});
