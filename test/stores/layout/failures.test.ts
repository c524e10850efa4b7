import { chmod } from "node:fs/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { layoutFailure } from "../../../src/stores/layout/failure.ts";
import { StoreError } from "../../../src/stores/store-error.ts";
import { image } from "../../support/images.ts";
import { readOnly, tinyDisk } from "../../support/real/small-disk.ts";
import { push } from "../contract/fixture.ts";
import { never } from "../registry/client/fixture.ts";
import { layoutAt, makeFolder, startChild, type Folder } from "./fixture.ts";
import { walkTags } from "./walk.ts";

const PUT = new URL("./children/put.ts", import.meta.url);
const LARGE = 400_000;

describe("a layout that cannot be written", { timeout: 60_000 }, () => {
  let folder: Folder;

  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  async function put(
    path: string,
    bytes: number,
    shell?: string,
  ): Promise<Record<string, unknown>> {
    const child = startChild(PUT, [folder.root, path, String(bytes)], shell);
    const line = await child.line();
    expect(await child.ended()).toMatchObject({ code: 0 });
    return JSON.parse(line ?? "{}");
  }

  it("for want of room says so, keeps nothing half, and is finished by the next run", async () => {
    const full = await put("app", LARGE, "ulimit -f 200;");
    expect(full).toMatchObject({
      code: "no-space",
      message: expect.stringMatching(/^oci-layout:\.\/app: could not write a blob: .*limit/),
      hint: expect.stringContaining("run again"),
      retryable: false,
      left: ["blobs", "index.json", "oci-layout"],
    });
    expect(await folder.open("app").tags(never)).toMatchObject({ exists: true, tags: [] });
    expect(await put("app", LARGE)).toMatchObject({ outcomes: [{ tag: "v1", kind: "written" }] });
    expect((await walkTags(folder.open("app"))).get("v1")).toBe(
      image({ layerBytes: LARGE }).digest,
    );
  });

  it("on a full disk says so and leaves room for what else is there", async () => {
    const { shell, why } = tinyDisk(folder.root);
    const full = await put("app", LARGE, shell);
    expect(full).toMatchObject({
      code: "no-space",
      message: expect.stringContaining(why),
      left: ["blobs", "index.json", "oci-layout"],
    });
  });

  it("for want of the right says so and can still be read", async () => {
    await push(folder.open("app"), image(), ["v0"]);
    const shell = await readOnly(folder.path("app"));
    const refused = await put("app", LARGE, shell);
    expect(refused).toMatchObject({
      code: "read-only",
      message: expect.stringMatching(
        /^oci-layout:\.\/app: could not .*: (it may not|its file system)/,
      ),
      hint: expect.stringContaining("right to write"),
      retryable: false,
      left: ["blobs", "index.json", "oci-layout"],
    });
    expect([...(await walkTags(folder.open("app"))).keys()]).toEqual(["v0"]);
    await chmod(folder.path("app"), 0o755);
  });

  it("for want of the right to make it says so, and not that something is missing", async () => {
    const shell = await readOnly(folder.root);
    const refused = await put("team/app", 100, shell);
    expect(refused).toMatchObject({
      code: "read-only",
      message: expect.stringMatching(
        /^oci-layout:\.\/team\/app: could not make the layout: (it may not|its file system)/,
      ),
    });
    await chmod(folder.root, 0o755);
  });
});

describe("a failed system call", () => {
  const rows: readonly [string, string, boolean][] = [
    ["ENOSPC", "no-space", false],
    ["EDQUOT", "no-space", false],
    ["EFBIG", "no-space", false],
    ["EROFS", "read-only", false],
    ["EACCES", "read-only", false],
    ["EPERM", "read-only", false],
    ["ELOOP", "invalid-layout", false],
    ["ENOTDIR", "invalid-layout", false],
    ["EISDIR", "invalid-layout", false],
    ["EMFILE", "unavailable", true],
    ["EIO", "unavailable", true],
  ];
  it.for(rows)("%s is told as %s", ([errno, code, retryable]) => {
    const cause = Object.assign(new Error(errno), { code: errno, errno: -1 });
    const told = layoutFailure(cause, { repository: layoutAt("app"), what: "write a blob" });
    expect(told).toBeInstanceOf(StoreError);
    expect(told).toMatchObject({ code, retryable, cause, hint: expect.any(String) });
    expect(told).toMatchObject({
      message: expect.stringMatching(/^oci-layout:\.\/app: could not write a blob: /),
    });
  });

  it("that is none stays what it was", () => {
    const defect = new TypeError("a defect of ours");
    expect(layoutFailure(defect, { repository: layoutAt("app"), what: "x" })).toBe(defect);
  });
});
