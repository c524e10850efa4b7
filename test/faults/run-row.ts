import type { Printed } from "../support/real/in-process.ts";
import { contentOf } from "../support/images.ts";
import type { FaultRow } from "./row.ts";
import { told } from "./told.ts";
import { FROM, openWorld, SECRET, TO, type World } from "./world.ts";

/** What came of a row. */
export interface Outcome {
  readonly code: number;
  readonly told: readonly string[];
  /** What should not be so, one sentence each. */
  readonly problems: readonly string[];
}

const APPLY = ["apply", "--yes"];

/** Lays a fault in a world of its own, lets a run meet it, puts things in order, and runs again. */
export async function runRow(row: FaultRow): Promise<Outcome> {
  await using world = await openWorld(row.options);
  await row.arrange?.(world);
  const source = JSON.stringify(world.source.repository(FROM).snapshot());
  const printed = await (row.run?.(world) ?? world.run(...APPLY));
  const lines = told(world, printed);
  const problems = [
    ...saying(row, lines),
    ...manners(printed),
    ...(await checked(row, world, printed)),
    ...kept(world),
    ...(JSON.stringify(world.source.repository(FROM).snapshot()) === source
      ? []
      : ["004-09 the source was changed"]),
    ...(row.complete === false ? [] : await healed(row, world, printed)),
  ];
  return { code: printed.code, told: lines, problems };
}

function saying({ says }: FaultRow, lines: readonly string[]): readonly string[] {
  if (says === undefined) return lines.map((line) => `it says: ${line}`);
  return lines.some((line) => line.includes(says)) ? [] : [`it does not say: ${says}`];
}

/** No run shows where in our code it failed, nor anybody's password. */
function manners({ stdout, stderr }: Printed): readonly string[] {
  const all = `${stdout}\n${stderr}`;
  return [
    ...(/\n\s+at .*:\d+:\d+/u.test(all) ? ["it shows a stack trace"] : []),
    ...(all.includes(SECRET) ? ["it shows a secret"] : []),
  ];
}

async function checked(row: FaultRow, world: World, printed: Printed): Promise<readonly string[]> {
  try {
    await row.check?.(world, printed);
    return [];
  } catch (error) {
    return [error instanceof Error ? error.message : String(error)];
  }
}

/** Whatever went wrong, nothing wrong is stored, and a version's tag never names what is not whole (promise 4). */
function kept({ target, app }: World): readonly string[] {
  const to = target.repository(TO);
  const missing = contentOf(app).blobs.filter(({ digest }) => !to.blobs.has(digest));
  const named = to.tags.get("v1.0.0") === app.digest;
  return [
    ...to.liars().map((digest) => `the target holds other bytes under ${digest}`),
    ...(named ? missing.map(({ digest }) => `the tag is there and ${digest} is not`) : []),
  ];
}

async function healed(row: FaultRow, world: World, printed: Printed): Promise<readonly string[]> {
  if (printed.code === 0 && row.heal === undefined) return world.lacks();
  world.source.clearFaults();
  world.target.clearFaults();
  await row.mend?.(world);
  const again = await world.run(...(row.heal ?? APPLY));
  const end = again.code === 0 ? [] : [`the next run exits ${again.code}`, ...told(world, again)];
  return [...end, ...world.lacks().map((what) => `after the next run there is no ${what}`)];
}
