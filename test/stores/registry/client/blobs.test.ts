import { describe, expect, it } from "vitest";
import { blob, pattern } from "../../../support/images.ts";
import { descriptorOfBuilt, never, readAll, startBench } from "./fixture.ts";

const bytes = pattern("download", 600_000);
const built = blob(bytes, "application/octet-stream");
const descriptor = descriptorOfBuilt(built);

describe("hasBlob", () => {
  it("asks this very repository with one HEAD", async () => {
    await using bench = await startBench();
    bench.registry.repository("team/app").putBlob(bytes);
    expect(await bench.open("team/app").hasBlob(descriptor, never)).toBe(true);
    expect(await bench.open("team/other").hasBlob(descriptor, never)).toBe(false);
    expect(bench.registry.count({ method: "HEAD" })).toBe(2);
  });
});

describe("blob", () => {
  it.for(["sha256", "sha512"] as const)(
    "streams and verifies a blob by its %s",
    async (algorithm) => {
      await using bench = await startBench();
      const one = blob(bytes, "application/octet-stream", algorithm);
      bench.registry.repository("team/app").putBlob(bytes, one.digest);
      const stream = await bench.open("team/app").blob(descriptorOfBuilt(one), never);
      expect((await readAll(stream)).equals(bytes)).toBe(true);
      expect(bench.registry.count()).toBe(1);
    },
  );

  it("streams an empty blob", async () => {
    await using bench = await startBench();
    const none = blob("", "application/octet-stream");
    bench.registry.repository("team/app").putBlob("");
    const stream = await bench.open("team/app").blob(descriptorOfBuilt(none), never);
    expect((await readAll(stream)).length).toBe(0);
  });

  it("fails at once where it is absent, naming store and digest", async () => {
    await using bench = await startBench();
    const read = bench.open("team/app").blob(descriptor, never);
    await expect(read).rejects.toMatchObject({ code: "not-found", digest: descriptor.digest });
    await expect(read).rejects.toThrow(`${bench.registry.host}/team/app does not hold the blob`);
  });

  it.for([
    ["one byte changed", { kind: "corrupt" }],
    ["bytes missing, the length honest", { kind: "shorten", to: 1000 }],
    ["bytes too many, the length honest", { kind: "lengthen", by: 5 }],
    ["too long without a length", { kind: "headers", set: { "content-length": undefined } }],
  ] as const)("003-03 never gives the last bytes of a blob with %s", async ([name, fault]) => {
    await using bench = await startBench();
    const longer = name.startsWith("too long") ? Buffer.concat([bytes, bytes]) : bytes;
    bench.registry.repository("team/app").putBlob(longer, built.digest);
    bench.registry.fault({ match: { kind: "blob" }, do: fault });
    let given = 0;
    async function read(): Promise<void> {
      const stream = await bench.open("team/app").blob(descriptor, never);
      for await (const chunk of stream) given += chunk.length;
    }
    await expect(read()).rejects.toMatchObject({ code: "digest-mismatch", retryable: false });
    expect(given).toBeLessThan(bytes.length);
  });

  it("resumes where a connection broke, with Range, as often as there is progress", async () => {
    await using bench = await startBench();
    bench.registry.repository("team/app").putBlob(bytes);
    bench.registry.fault({
      match: { kind: "blob", times: 4 },
      do: { kind: "truncate", after: 100_000 },
    });
    const stream = await bench.open("team/app").blob(descriptor, never);
    expect((await readAll(stream)).equals(bytes)).toBe(true);
    const ranges = bench.registry.find({ kind: "blob" }).map(({ headers }) => headers["range"]);
    expect(ranges[0]).toBeUndefined();
    expect(ranges.slice(1)).toHaveLength(4);
    for (const range of ranges.slice(1)) expect(range).toMatch(/^bytes=\d+-$/);
  });

  it("reads on after what it has where the host knows no ranges", async () => {
    await using bench = await startBench({ ranges: "ignored" });
    bench.registry.repository("team/app").putBlob(bytes);
    bench.registry.fault({ match: { kind: "blob" }, do: { kind: "truncate", after: 300_000 } });
    const stream = await bench.open("team/app").blob(descriptor, never);
    expect((await readAll(stream)).equals(bytes)).toBe(true);
  });

  it("resumes at the registry's own address, not at a redirect's that may have expired", async () => {
    await using bench = await startBench({ redirect: { to: "blob-host", uses: 1 } });
    bench.registry.repository("team/app").putBlob(bytes);
    bench.registry.fault({
      match: { kind: "redirected" },
      do: { kind: "truncate", after: 300_000 },
    });
    const stream = await bench.open("team/app").blob(descriptor, never);
    expect((await readAll(stream)).equals(bytes)).toBe(true);
    expect(bench.registry.count({ kind: "blob" })).toBe(2);
  });

  it("gives up where there is no progress", async () => {
    await using bench = await startBench();
    bench.registry.repository("team/app").putBlob(bytes);
    bench.registry.fault({
      match: { kind: "blob", times: Infinity },
      do: { kind: "truncate", after: 10 },
    });
    const stream = await bench.open("team/app").blob(descriptor, never);
    await expect(readAll(stream)).rejects.toMatchObject({ code: "unreachable", retryable: true });
    expect(bench.registry.count({ kind: "blob" })).toBeLessThan(10);
  });

  it("refuses a range that is not the one asked for", async () => {
    await using bench = await startBench();
    bench.registry.repository("team/app").putBlob(bytes);
    bench.registry.fault({ match: { kind: "blob" }, do: { kind: "truncate", after: 300_000 } });
    bench.registry.fault({
      match: { kind: "blob", nth: 2 },
      do: { kind: "headers", set: { "content-range": "bytes 5-599999/600000" } },
    });
    const stream = await bench.open("team/app").blob(descriptor, never);
    await expect(readAll(stream)).rejects.toMatchObject({ code: "invalid-answer" });
  });

  it("ends when its signal aborts", async () => {
    await using bench = await startBench();
    bench.registry.repository("team/app").putBlob(bytes);
    bench.registry.fault({ match: { kind: "blob" }, do: { kind: "stall", after: 1_000 } });
    const stop = new AbortController();
    const stream = await bench.open("team/app").blob(descriptor, stop.signal);
    setTimeout(() => stop.abort(), 20);
    await expect(readAll(stream)).rejects.toMatchObject({ code: "interrupted" });
  });
});
