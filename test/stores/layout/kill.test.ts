import { readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { image } from "../../support/images.ts";
import { push } from "../contract/fixture.ts";
import { makeFolder, startChild, type Child, type Folder } from "./fixture.ts";
import { walkTags } from "./walk.ts";

const WRITE = new URL("./children/write.ts", import.meta.url);

describe("a layout that several processes write", { timeout: 60_000 }, () => {
  let folder: Folder;
  const children: Child[] = [];

  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill()));
    await folder[Symbol.asyncDispose]();
  });

  function write(prefix: string, ...count: readonly string[]): Child {
    const child = startChild(WRITE, [folder.root, "app", prefix, ...count]);
    children.push(child);
    return child;
  }

  it("has every tag that each of them wrote", async () => {
    const writers = ["a", "b", "c"].map((prefix) => write(prefix, "8"));
    const written = await Promise.all(writers.map((child) => said(child)));
    for (const child of writers) expect(await child.ended()).toEqual({ code: 0, errors: "" });
    const tags = await walkTags(folder.open("app"));
    for (const one of written) {
      expect(one.size).toBe(8);
      for (const [tag, digest] of one) expect(tags.get(tag)).toBe(digest);
    }
  });

  it("is whole wherever one of them is killed, and the next one goes on at once", async () => {
    const written = new Map<string, string>();
    for (let round = 0; round < 6; round += 1) {
      const child = write(`r${round}`);
      expect(await child.line()).toBe("started");
      for (const [tag, digest] of await said(child, round % 3)) written.set(tag, digest);
      // Somewhere in the image that it is writing now.
      await sleep(Math.random() * 25);
      await child.kill();
      for (const [tag, digest] of await said(child)) written.set(tag, digest);
    }
    const tags = await walkTags(folder.open("app"));
    for (const [tag, digest] of written) expect(tags.get(tag)).toBe(digest);
    expect(written.size).toBeGreaterThanOrEqual(6);
    await push(folder.open("app"), image({ seed: "after" }), ["after"]);
    const names = await readdir(folder.path("app"));
    expect(names.toSorted()).toEqual(["blobs", "index.json", "oci-layout"]);
    expect((await walkTags(folder.open("app"))).size).toBe(tags.size + 1);
  });
});

/** The tags that a child says it has written, so many of them or all until its end. */
async function said(child: Child, count = Infinity): Promise<ReadonlyMap<string, string>> {
  const written = new Map<string, string>();
  while (written.size < count) {
    const [outcome, tag = "", digest = ""] = (await child.line())?.split(" ") ?? [];
    if (outcome === undefined) break;
    if (outcome === "written") written.set(tag, digest);
  }
  return written;
}
