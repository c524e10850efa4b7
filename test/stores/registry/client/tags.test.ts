import { describe, expect, it } from "vitest";
import { image, MEDIA, seed } from "../../../support/images.ts";
import { startRegistry } from "../../../support/registry/index.ts";
import { never, startBench, startRun, type Bench } from "./fixture.ts";

const names = Array.from({ length: 25 }, (_, n) => `v1.${String(n).padStart(2, "0")}`);

function fill(bench: Bench, path = "team/app"): void {
  for (const name of names)
    seed(bench.registry.repository(path), image({ seed: name }), [name, `${name}-x`]);
}

describe("tags", () => {
  it("lists all in one request where they fit one page", async () => {
    await using bench = await startBench();
    fill(bench);
    const listing = await bench.open("team/app").tags(never);
    expect(listing).toMatchObject({ exists: true, digests: undefined, manifests: undefined });
    expect(listing.tags).toHaveLength(50);
    expect(bench.registry.count()).toBe(1);
    expect(bench.registry.requests[0]?.query.get("n")).toBe("1000");
  });

  it.for(["relative", "absolute"] as const)("follows Links that are %s", async (link) => {
    await using bench = await startBench({ link, tagsPageSize: 7 });
    fill(bench);
    const { tags } = await bench.open("team/app").tags(never);
    expect(new Set(tags).size).toBe(50);
    expect(bench.registry.count({ kind: "tags" })).toBe(8);
  });

  it.for([
    ["that leads to another host", "other-host", /go on at another host/],
    ["that never ends", "loop", /never end/],
  ] as const)("refuses a Link %s", async ([, link, message]) => {
    await using bench = await startBench({ link, tagsPageSize: 7 });
    fill(bench);
    const read = bench.open("team/app").tags(never);
    await expect(read).rejects.toMatchObject({ code: "invalid-answer", retryable: false });
    await expect(read).rejects.toThrow(message);
    expect(bench.registry.count({ listener: "blobs" })).toBe(0);
  });

  it("says of a repository that is not there that it does not exist", async () => {
    await using bench = await startBench();
    expect(await bench.open("no/such").tags(never)).toEqual({
      exists: false,
      tags: [],
      digests: undefined,
      manifests: undefined,
    });
  });

  it.for([
    ["tags: null, as Go writes an empty list", '{"name":"a","tags":null}', 0],
    ["names that are no tags", '{"tags":["ok","../x","-no","",7,"ok"]}', 1],
  ] as const)("reads %s", async ([, body, count]) => {
    await using bench = await startBench();
    bench.registry.fault({ match: { kind: "tags" }, do: { kind: "answer", status: 200, body } });
    expect((await bench.open("team/app").tags(never)).tags).toHaveLength(count);
  });

  it.for(["<html>", '{"tags":{}}', "[]"])("refuses what is no listing: %s", async (body) => {
    await using bench = await startBench();
    bench.registry.fault({ match: { kind: "tags" }, do: { kind: "answer", status: 200, body } });
    await expect(bench.open("team/app").tags(never)).rejects.toMatchObject({
      code: "invalid-answer",
    });
  });

  it("asks without a page size where the host refuses ours, and keeps to that", async () => {
    await using bench = await startBench({ tagsMaxN: 100 });
    fill(bench);
    fill(bench, "team/other");
    expect((await bench.open("team/app").tags(never)).tags).toHaveLength(50);
    expect((await bench.open("team/other").tags(never)).tags).toHaveLength(50);
    const asked = bench.registry.find({ kind: "tags" }).map(({ query }) => query.get("n"));
    expect(asked).toEqual(["1000", null, null]);
  });

  it("is an error, not an empty list, where the registry fails", async () => {
    await using bench = await startBench();
    const fault = { kind: "answer", status: 403 } as const;
    bench.registry.fault({ match: { kind: "tags" }, do: fault });
    await expect(bench.open("team/app").tags(never)).rejects.toMatchObject({ code: "forbidden" });
  });
});

describe("the rights that a listing takes", () => {
  it("are those of a reader, on every page", async () => {
    await using bench = await startBench({
      tagsPageSize: 20,
      auth: { kind: "bearer", anonymous: [{ repository: "*", actions: ["pull"] }] },
    });
    fill(bench);
    expect((await bench.open("team/app").tags(never)).tags).toHaveLength(50);
    const scopes = bench.registry.tokensAsked.flatMap((asked) => asked.scopes);
    expect(new Set(scopes)).toEqual(new Set(["repository:team/app:pull"]));
  });
});

describe("tags by Google's extension", () => {
  it("proves digests and manifests, so that no tag needs a HEAD", async () => {
    await using bench = await startBench({ google: true });
    const one = image({ seed: "one" });
    const untagged = image({ seed: "untagged", docker: true });
    const stored = bench.registry.repository("team/app");
    seed(stored, one, ["v1", "stable"]);
    seed(stored, untagged);
    const listing = await bench.open("team/app").tags(never);
    expect(Object.fromEntries(listing.digests ?? [])).toEqual({
      v1: one.digest,
      stable: one.digest,
    });
    expect(Object.fromEntries(listing.manifests ?? [])).toEqual({
      [one.digest]: MEDIA.manifest,
      [untagged.digest]: MEDIA.dockerManifest,
    });
    expect(bench.registry.count()).toBe(1);
  });

  it("asks for larger pages once it has seen that a host speaks it", async () => {
    await using registry = await startRegistry({ google: true });
    await using run = startRun();
    seed(registry.repository("team/app"), image(), ["v1"]);
    await run.open(registry, "team/app").tags(never);
    await run.open(registry, "team/other").tags(never);
    expect(registry.requests.map(({ query }) => query.get("n"))).toEqual(["1000", "10000"]);
  });

  it("says that a repository with nothing in it does not exist", async () => {
    await using bench = await startBench({ google: true });
    expect(await bench.open("no/such").tags(never)).toMatchObject({ exists: false, tags: [] });
  });

  it.for([
    ["a tag that the map does not name", { tags: ["v1", "v2"] }],
    ["a map that is no map", { tags: ["v1"], manifest: [] }],
  ] as const)("proves nothing with %s", async ([, change]) => {
    await using bench = await startBench();
    const { digest } = image();
    const body = JSON.stringify({
      manifest: { [digest]: { tag: ["v1"], mediaType: MEDIA.manifest }, bad: {} },
      ...change,
    });
    bench.registry.fault({ match: { kind: "tags" }, do: { kind: "answer", status: 200, body } });
    const listing = await bench.open("team/app").tags(never);
    expect(listing).toMatchObject({ exists: true, digests: undefined, manifests: undefined });
  });
});
