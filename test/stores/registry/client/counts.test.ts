import { describe, expect, it } from "vitest";
import { image, seed } from "../../../support/images.ts";
import { startRegistry } from "../../../support/registry/index.ts";
import { copy, digestOfBuilt, never, newTags, startBench, startRun, trace } from "./fixture.ts";

const small = image({ seed: "small", layers: 1, layerBytes: 2_000 });
const large = image({ seed: "large", layers: 1, layerBytes: 200_000 });

describe("requests at the floor", () => {
  it("a fresh copy of config and one layer takes 8: one manifest and two blobs read, two POST and PUT, one manifest PUT", async () => {
    await using source = await startRegistry();
    await using target = await startRegistry();
    await using run = startRun();
    seed(source.repository("a/app"), large, ["v1"]);
    const from = run.open(source, "a/app");
    const to = run.open(target, "b/app");

    const done = await copy({ from, to, digest: digestOfBuilt(large), tags: newTags("v1") }, never);

    expect(done).toEqual({
      blobs: ["uploaded", "uploaded"],
      tags: [{ tag: "v1", kind: "written" }],
    });
    expect(trace(source)).toEqual(["GET manifest 200", "GET blob 200", "GET blob 200"]);
    expect(target.count()).toBe(5);
    expect(target.repository("b/app").snapshot()).toEqual({
      ...source.repository("a/app").snapshot(),
    });
  });

  it("001-17 a copy inside one registry takes 4: the layer and config are mounted", async () => {
    await using bench = await startBench();
    seed(bench.registry.repository("a/app"), large, ["v1"]);
    const from = bench.open("a/app");
    const to = bench.open("b/app");

    const done = await copy(
      {
        from,
        to,
        digest: digestOfBuilt(large),
        tags: newTags("v1"),
        near: [from.repository],
      },
      never,
    );

    expect(done.blobs).toEqual(["mounted", "mounted"]);
    expect(trace(bench.registry)).toEqual([
      "GET manifest 200",
      "POST upload 201",
      "POST upload 201",
      "PUT manifest 201",
    ]);
  });

  it("takes 6 where the host is known to take a blob in one POST, and learns that from the first miss", async () => {
    await using source = await startRegistry();
    await using target = await startRegistry({ onePost: "honoured" });
    await using run = startRun();
    const first = image({ seed: "first", layers: 1, layerBytes: 900 });
    seed(source.repository("a/app"), first, ["v1"]);
    seed(source.repository("a/app"), small, ["v2"]);
    const from = run.open(source, "a/app");
    const to = run.open(target, "b/app");

    await copy({ from, to, digest: digestOfBuilt(first), tags: newTags("v1") }, never);
    expect(trace(target, { kind: "upload" })).toEqual([
      "POST upload 202",
      "PUT upload 201",
      "POST upload 201",
    ]);
    source.reset();
    target.reset();
    await copy({ from, to, digest: digestOfBuilt(small), tags: newTags("v2") }, never);

    expect(source.count()).toBe(3);
    expect(trace(target)).toEqual(["POST upload 201", "POST upload 201", "PUT manifest 201"]);
  });

  it("loses no request on a host that ignores one-POST, and asks it once", async () => {
    await using bench = await startBench({ onePost: "ignored" });
    await using source = await startRegistry();
    await using run = startRun();
    const three = image({ seed: "three", layers: 3, layerBytes: 900 });
    seed(source.repository("a/app"), three);
    const from = run.open(source, "a/app");
    const to = run.open(bench.registry, "b/app");

    await copy({ from, to, digest: digestOfBuilt(three) }, never);

    expect(trace(bench.registry, { kind: "upload" })).toEqual(
      Array.from({ length: 4 }, () => ["POST upload 202", "PUT upload 201"]).flat(),
    );
    expect(bench.registry.count({ kind: "upload", query: /digest=/, method: "POST" })).toBe(1);
  });

  it("sends nothing again that a killed run left behind", async () => {
    await using source = await startRegistry();
    await using target = await startRegistry();
    seed(source.repository("a/app"), large, ["v1"]);
    for (const blob of large.blobs) target.repository("b/app").putBlob(blob.bytes);
    await using run = startRun();
    const from = run.open(source, "a/app");
    const to = run.open(target, "b/app");

    const done = await copy({ from, to, digest: digestOfBuilt(large), tags: newTags("v1") }, never);

    expect(done.blobs).toEqual(["present", "present"]);
    expect(source.count({ kind: "blob" })).toBe(0);
    expect(trace(target)).toEqual(["POST upload 201", "POST upload 201", "PUT manifest 201"]);
  });

  it("checks a tag with one HEAD, and reads a manifest once for planning and apply", async () => {
    await using bench = await startBench();
    seed(bench.registry.repository("a/app"), large, ["v1"]);
    const repository = bench.open("a/app");

    expect((await repository.head("v1", never))?.digest).toBe(large.digest);
    expect(trace(bench.registry)).toEqual(["HEAD manifest 200"]);
    await repository.manifest(digestOfBuilt(large), never);
    await bench.open("a/app").manifest(digestOfBuilt(large), never);

    expect(bench.registry.count({ method: "GET" })).toBe(1);
  });
});
