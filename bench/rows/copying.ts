import type { Bench } from "../bench.ts";
import { BenchError } from "../bench-error.ts";
import { measure, type Cost } from "../measure.ts";
import type { Contender, CopyJob, Place } from "../peers.ts";
import { NAME, PROJECT } from "../promotions.ts";
import { countTags, pushImages, type Image } from "../push.ts";
import type { Fixture, LiveRegistry } from "../registry.ts";
import { sumTraffic, type Traffic } from "../registry-log.ts";
import type { Entrant } from "../result.ts";
import { race } from "../rounds.ts";

/** Repository that every copy row reads. */
export const SOURCE: string = `staging/${NAME}`;
/** Repository that every copy row fills: channel `prod` of the promotions repository. */
export const TARGET: string = `${PROJECT}/${NAME}`;

/** What is to be copied, and from where to where. */
export interface Copying {
  readonly images: readonly Image[];
  readonly source: Fixture;
  /** What the target registry holds before; undefined where both places are in one registry. */
  readonly target: Fixture | "empty" | undefined;
}

/** A fixture of images in one repository. */
export function imagesIn(repository: string, name: string, images: readonly Image[]): Fixture {
  return { name, fill: (host, signal) => pushImages({ host, repository }, images, signal) };
}

/** Everybody does the same copy job, each time against registries as they were before it. */
export async function raceToCopy(bench: Bench, copying: Copying): Promise<readonly Entrant[]> {
  const racers = [bench.waybill, ...bench.peers].map((contender, at) => ({
    name: contender.name,
    usage: contender.usage,
    peer: at > 0,
    run: (counted: boolean) => copyOnce(bench, { contender, copying, counted }),
  }));
  return race(bench, racers);
}

interface Attempt {
  readonly contender: Contender;
  readonly copying: Copying;
  readonly counted: boolean;
}

async function copyOnce(
  bench: Bench,
  { contender, copying, counted }: Attempt,
): Promise<{ readonly cost: Cost; readonly traffic?: Traffic }> {
  await using started = await startRegistries(bench, copying, counted);
  const [from, to = from] = started.live;
  if (from === undefined || to === undefined) throw new BenchError("no registry was started");
  const job: CopyJob = {
    source: { host: from.host, repository: SOURCE },
    target: { host: to.host, repository: TARGET },
    images: copying.images,
  };
  const folder = await bench.workshop.folder(contender.name);
  const command = await contender.prepare(job, folder);
  const cost = await measure(command, bench.signal);
  await mustHoldAll(job.target, { copying, bench });
  if (!counted) return { cost };
  return { cost, traffic: sumTraffic(await Promise.all(started.live.map((one) => one.traffic()))) };
}

async function mustHoldAll(
  target: Place,
  { copying, bench }: { readonly copying: Copying; readonly bench: Bench },
): Promise<void> {
  const held = await countTags(target, bench.signal);
  const wanted = copying.images.length;
  if (held !== wanted) throw new BenchError(`the target holds ${held} tags instead of ${wanted}`);
}

interface Started extends AsyncDisposable {
  readonly live: readonly LiveRegistry[];
}

async function startRegistries(
  bench: Bench,
  { source, target }: Copying,
  counted: boolean,
): Promise<Started> {
  await using stack = new AsyncDisposableStack();
  const live: LiveRegistry[] = [];
  // A registry that is only read serves the fixture's own files; one that is written gets a copy.
  const alone = target === undefined;
  const wishes = [
    { fixture: source, writable: alone, counted },
    ...(alone
      ? []
      : [{ ...(target === "empty" ? {} : { fixture: target }), writable: true, counted }]),
  ];
  for (const wish of wishes) live.push(stack.use(await bench.yard.start(wish, bench.signal)));
  const moved = stack.move();
  return { live, [Symbol.asyncDispose]: () => moved.disposeAsync() };
}
