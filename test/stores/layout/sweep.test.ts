import { readdir, utimes, writeFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { basename } from "node:path";
import { temporaryPath } from "../../../src/stores/layout/temporary.ts";
import { image } from "../../support/images.ts";
import { push } from "../contract/fixture.ts";
import { layoutAt, makeFolder } from "./fixture.ts";

const DAY_MS = 24 * 60 * 60 * 1000;

describe("what is left in a layout by others", () => {
  it("goes where its process is gone or silent for a day, and stays where it may be alive", async () => {
    await using folder = await makeFolder();
    await push(folder.open("app"), image(), ["v1"]);
    const place = { repository: layoutAt("app"), folder: folder.path("app") };
    const ours = basename(await temporaryPath(place));
    // `.waybill-<host>-<pid>-<started>-<random>.tmp`
    const [, host = "", pid = "", started = "", random = ""] =
      /-(\w+)-(\d+)-(\d*)-(\w+)\.tmp$/.exec(ours) ?? [];
    const dead = `.waybill-${host}-4194305-${started}-${random}.tmp`;
    const reused = `.waybill-${host}-${pid}-1-${random}.tmp`;
    const elsewhere = `.waybill-00000000-1-1-${random}.tmp`;
    const longAgo = `.waybill-00000001-1-1-${random}.tmp`;
    const foreign = ".waybill-notes";
    for (const name of [ours, dead, reused, elsewhere, longAgo, foreign])
      await writeFile(folder.path("app", name), "half");
    const before = new Date(Date.now() - 2 * DAY_MS);
    await utimes(folder.path("app", longAgo), before, before);
    await push(folder.open("app"), image({ seed: "next" }), ["v2"]);
    const left = (await readdir(folder.path("app"))).filter((name) => name.startsWith("."));
    const gone = started === "" ? [dead] : [dead, reused];
    expect(left.toSorted()).toEqual(
      [ours, reused, elsewhere, foreign].filter((name) => !gone.includes(name)).toSorted(),
    );
  });
});
