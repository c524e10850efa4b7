import type { Repository } from "#model";
import { describe, expect, it } from "vitest";
import { blob, pattern } from "../../../support/images.ts";
import { descriptorOfBuilt, never, sourceOf, startBench, trace, type Bench } from "./fixture.ts";

const OCTETS = "application/octet-stream";
const one = blob(pattern("one", 100_000), OCTETS);
const two = blob(pattern("two", 100_000), OCTETS);
const huge = blob(pattern("huge", 9 * 1024 ** 2), OCTETS);

function put(bench: Bench, of: typeof one, from: readonly string[] = []): Promise<string> {
  const near = from.map((path) => `${bench.registry.host}/${path}` as Repository);
  return bench.open("b/app").putBlob(descriptorOfBuilt(of), sourceOf(of, { near }), never);
}

describe("mounts", () => {
  it("001-17 takes a blob from the first repository of the same host that holds it", async () => {
    await using bench = await startBench();
    bench.registry.repository("a/app").putBlob(one.bytes);
    const near = ["other.example.com/a/app", `${bench.registry.host}/a/app`] as Repository[];
    const source = sourceOf(one, { near });
    expect(await bench.open("b/app").putBlob(descriptorOfBuilt(one), source, never)).toBe(
      "mounted",
    );
    expect(source.opened()).toBe(0);
    const [request] = bench.registry.requests;
    expect(Object.fromEntries(request?.query ?? [])).toEqual({ mount: one.digest, from: "a/app" });
  });

  it("goes on with the upload that a miss begins, so that a miss costs nothing", async () => {
    await using bench = await startBench({ mount: "off" });
    expect(await put(bench, one)).toBe("uploaded");
    expect(trace(bench.registry)).toEqual(["POST upload 202", "PUT upload 201"]);
  });

  it("asks the target of itself where nothing is near", async () => {
    await using bench = await startBench();
    bench.registry.repository("b/app").putBlob(one.bytes);
    expect(await put(bench, one)).toBe("present");
    expect(bench.registry.requests[0]?.query.get("from")).toBe("b/app");
  });

  it("learns that a host answers errors to mounts, and asks it plainly from then on", async () => {
    await using bench = await startBench({ mount: "error" });
    expect(await put(bench, one)).toBe("uploaded");
    expect(await put(bench, two)).toBe("uploaded");
    expect(trace(bench.registry)).toEqual([
      "POST upload 400",
      "POST upload 202",
      "PUT upload 201",
      "POST upload 202",
      "PUT upload 201",
    ]);
  });

  it("looks before it sends much where mounts never work", async () => {
    await using bench = await startBench({ mount: "error" });
    bench.registry.repository("b/app").putBlob(huge.bytes);
    await put(bench, one);
    bench.registry.reset();
    expect(await put(bench, huge)).toBe("present");
    expect(trace(bench.registry)).toEqual(["HEAD blob 200"]);
  });

  it("looks before it sends much where no mount ever came to anything", async () => {
    await using bench = await startBench({ mount: "off" });
    bench.registry.repository("b/app").putBlob(huge.bytes);
    for (let n = 0; n < 8; n += 1) await put(bench, blob(pattern(`miss ${n}`, 70_000), OCTETS));
    bench.registry.reset();
    expect(await put(bench, huge)).toBe("present");
    expect(trace(bench.registry)).toEqual(["HEAD blob 200"]);
  });

  it.for(["forbidden", "challenge"] as const)(
    "uploads where the account may not read the repository that holds it (%s), and asks that no more",
    async (insufficient) => {
      const anonymous = [{ repository: "b/app", actions: ["*"] }] as const;
      await using bench = await startBench({ auth: { kind: "bearer", anonymous, insufficient } });
      bench.registry.repository("a/app").putBlob(one.bytes);
      expect(await put(bench, one, ["a/app"])).toBe("uploaded");
      bench.registry.reset();
      expect(await put(bench, two, ["a/app"])).toBe("uploaded");
      expect(bench.registry.requests.filter(({ query }) => query.get("from") === "a/app")).toEqual(
        [],
      );
    },
  );

  it("proves mounts without a repository by a blob that must be there, once, and uses them", async () => {
    await using bench = await startBench({ mount: "anonymous" });
    bench.registry.repository("a/app").putBlob(one.bytes);
    bench.registry.repository("z/app").putBlob(two.bytes);
    bench.registry.fault({
      match: { query: /from=a%2Fapp/ },
      do: { kind: "answer", status: 202, headers: { Location: "/v2/b/app/blobs/uploads/none" } },
    });
    expect(await put(bench, one, ["a/app"])).toBe("mounted");
    expect(await put(bench, two)).toBe("present");
    expect(trace(bench.registry, { method: "POST" })).toEqual([
      "POST upload 202",
      "POST upload 201",
      "POST upload 201",
    ]);
    expect(bench.registry.requests.at(-1)?.query.has("from")).toBe(false);
    expect(bench.registry.count({ method: "DELETE" })).toBe(1);
  });

  it("does not try that again where it did not work, and uploads with what the first miss began", async () => {
    await using bench = await startBench({ mount: "off" });
    bench.registry.repository("a/app").putBlob(one.bytes);
    expect(await put(bench, one, ["a/app"])).toBe("uploaded");
    expect(await put(bench, two, ["a/app"])).toBe("uploaded");
    expect(trace(bench.registry)).toEqual([
      "POST upload 202",
      "POST upload 202",
      "DELETE upload 204",
      "PUT upload 201",
      "POST upload 202",
      "PUT upload 201",
    ]);
    expect(bench.registry.repository("b/app").uploads.size).toBe(0);
  });
});

describe("one POST", () => {
  const tiny = [1, 2, 3].map((n) => blob(pattern(`tiny ${n}`, 500), OCTETS));

  it("falls back to the usual form where the host refuses it, and learns that", async () => {
    await using bench = await startBench({ onePost: "refused" });
    for (const item of tiny) expect(await put(bench, item)).toBe("uploaded");
    expect(trace(bench.registry)).toEqual([
      "POST upload 202",
      "PUT upload 201",
      "POST upload 400",
      "POST upload 202",
      "PUT upload 201",
      "POST upload 202",
      "PUT upload 201",
    ]);
  });

  it("is tried by one blob at a time", async () => {
    await using bench = await startBench({ onePost: "ignored" });
    const [first, ...rest] = tiny;
    if (first === undefined) throw new Error("three were made");
    await put(bench, first);
    await Promise.all(rest.map((item) => put(bench, item)));
    expect(bench.registry.count({ method: "POST", query: /^digest=/ })).toBe(1);
  });

  it("is used by all at once where it is known to work", async () => {
    await using bench = await startBench({ onePost: "honoured" });
    const [first, ...rest] = tiny;
    if (first === undefined) throw new Error("three were made");
    await put(bench, first);
    await put(bench, blob(pattern("probe", 500), OCTETS));
    bench.registry.reset();
    await Promise.all(rest.map((item) => put(bench, item)));
    expect(trace(bench.registry)).toEqual(["POST upload 201", "POST upload 201"]);
  });

  it("is not used for a blob that may be mounted, nor for a large one", async () => {
    await using bench = await startBench({ onePost: "honoured" });
    for (const item of tiny) await put(bench, item);
    bench.registry.reset();
    bench.registry.repository("a/app").putBlob(one.bytes);
    expect(await put(bench, one, ["a/app"])).toBe("mounted");
    expect(await put(bench, two)).toBe("uploaded");
    expect(bench.registry.count({ method: "POST", query: /^digest=/ })).toBe(0);
  });
});
