/** Takes a layout's lock and keeps it until it is killed: `hold.ts FOLDER`. */
import { LOCK_TIMING, withLock } from "../../../../src/stores/layout/lock.ts";
import { layoutAt } from "../fixture.ts";

const [folder = ""] = process.argv.slice(2);
const place = { repository: layoutAt("held"), folder };
await withLock({ place, timing: LOCK_TIMING, givenUp: () => false }, async () => {
  process.stdout.write("held\n");
  await new Promise((resolve) => setTimeout(resolve, 60_000));
});
