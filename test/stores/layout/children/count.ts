/** Adds one to a number in a file, under a layout's lock, so often: `count.ts FOLDER FILE TIMES`. */
import { readFile, writeFile } from "node:fs/promises";
import { LOCK_TIMING, withLock } from "../../../../src/stores/layout/lock.ts";
import { layoutAt } from "../fixture.ts";

const [folder = "", file = "", times = "0"] = process.argv.slice(2);
const place = { repository: layoutAt("counted"), folder };
process.stdout.write("started\n");
for (let at = 0; at < Number(times); at += 1) {
  await withLock({ place, timing: LOCK_TIMING, givenUp: () => false }, async () => {
    const before = Number(await readFile(file, "utf8"));
    await writeFile(file, String(before + 1));
  });
}
