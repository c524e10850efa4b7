import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";

/** What the young generation is to hold in all, in bytes: its halves are then 4 MiB each. */
const YOUNG = 8 * 1024 * 1024;
/** Objects made before the young generation is looked at again, and how often that may be in vain. */
const SOME = 4_000;
const PATIENCE = 50;

/**
 * Keeps the heap close to what is really held. V8 lets its young generation grow to 100 MB and more, and its old one to
 * several times what is alive, which suits a server and not a tool that runs beside others on a small machine. The
 * settings are read whenever the heap would grow, so that they hold from here on (docs/performance.md has the figures).
 */
export function keepHeapSmall(): void {
  growYoungOnce();
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=60");
}

/**
 * Lets the young generation grow from 1 MiB a half to 4: at 1 MiB, what is short-lived is taken for old, and costs a
 * fifth more CPU and more memory in the end. V8 grows it when enough has survived a collection, and in no other way
 * once it runs, so a few objects are held until it has: 4 ms.
 */
function growYoungOnce(): void {
  setFlagsFromString("--semi-space-growth-factor=4");
  const held: object[] = [];
  for (let round = 0; round < PATIENCE && youngBytes() < YOUNG; round += 1)
    for (let some = 0; some < SOME; some += 1) held.push({ round, some });
}

function youngBytes(): number {
  const spaces = getHeapSpaceStatistics();
  return spaces.find((space) => space.space_name === "new_space")?.space_size ?? YOUNG;
}
