import { deflateRawSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { readZipFile } from "../../src/scm/zip.ts";
import { zip } from "../support/github/zip.ts";

const CAP = 1024;

describe("readZipFile", () => {
  it("reads one file of several", () => {
    const archive = zip({ "a.json": "{}", "b/plan.json": '{"a":1}' });
    const found = readZipFile(archive, "b/plan.json", CAP);
    expect(Buffer.from(found ?? []).toString()).toBe('{"a":1}');
  });

  it("knows no file of another name", () => {
    expect(readZipFile(zip({ "a.json": "{}" }), "../a.json", CAP)).toBeUndefined();
  });

  it.for([
    ["nothing", Buffer.alloc(0)],
    ["no archive", Buffer.from("<html>not here</html>".repeat(3))],
    ["one that was cut off", Buffer.from(zip({ "a.json": "x".repeat(500) })).subarray(40)],
  ] as const)("throws a RangeError on %s", ([, archive]) => {
    expect(() => readZipFile(archive, "a.json", CAP)).toThrow(RangeError);
  });

  it("refuses a file over the cap by what its entry says, before it unpacks anything", () => {
    expect(() => readZipFile(zip({ "a.json": "x".repeat(CAP + 1) }), "a.json", CAP)).toThrow(
      /over the cap/,
    );
  });

  it("stops unpacking at the cap where the entry lies about the size", () => {
    const archive = Buffer.from(zip({ "a.json": "0".repeat(100_000) }));
    const entry = archive.indexOf("PK\u0001\u0002");
    archive.writeUInt32LE(10, entry + 24);
    expect(deflateRawSync(Buffer.alloc(100_000)).length).toBeLessThan(CAP);
    expect(() => readZipFile(archive, "a.json", CAP)).toThrow(RangeError);
  });
});
