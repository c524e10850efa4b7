import type { Bench, Row } from "../bench.ts";
import { earlierNotes } from "../earlier.ts";
import { raceKpromo } from "../kpromo.ts";
import type { Check, RowResult } from "../result.ts";
import { openUniverse, type UniverseFlags } from "../universe.ts";
import { planOpen, planUniverse, type Planned } from "./planning.ts";

/** Small enough that a HEAD for each tag and a quota of 83 a second take seconds. */
const SMALL = ["--projects", "6", "--repos", "60", "--digests", "1200"];
const QUOTA = 83;

/** The whole universe, all there. */
export const universe: Row = {
  name: "universe",
  title: "plan of 46,000 digests x 21 destinations, all there",
  async run(bench) {
    await using open = await openUniverse(bench, { sizes: [] });
    const planned = await planOpen(bench, open, bench.runs);
    const kpromo = await raceKpromo(bench, open, 1);
    const result = resultOf(this, planned);
    return { ...result, entrants: [planned.entrant, ...(kpromo === undefined ? [] : [kpromo])] };
  },
};

/** The whole universe, 1 % of its digests missing everywhere. */
export const universeMissing: Row = {
  name: "universe-missing",
  title: "the same, 1 % of the digests missing at every destination",
  run(bench) {
    return planRow(bench, this, { sizes: ["--done", "0.99"] });
  },
};

/** Destinations that are prefixes of one another. */
export const universeNest: Row = {
  name: "universe-nest",
  title: "the same, all there, with destinations nested in one another",
  run(bench) {
    return planRow(bench, this, { sizes: ["--nest"] });
  },
};

/** Listings without digests: a HEAD for each tag. */
export const universePlain: Row = {
  name: "universe-plain",
  title: "60 repositories, 1,200 digests x 5 destinations, listings of tags only",
  async run(bench) {
    const sizes = [...SMALL, "--destinations", "5"];
    const behaviour = ["--plain"];
    const lacking = await planUniverse(bench, { sizes: [...sizes, "--done", "0.9"], behaviour }, 1);
    const whole = await planUniverse(bench, { sizes, behaviour });
    const checks = [
      ...whole.checks,
      plainCheck(whole),
      ...lacking.checks.map(({ what, holds }) => ({ what: `with 10 % missing, ${what}`, holds })),
    ];
    return { ...resultOf(this, whole), checks };
  },
};

/** One HEAD a tag or untagged digest, plus listings. */
function plainCheck({ facts, traffic }: Planned): Check {
  const heads = [...traffic.kinds].reduce(
    (sum, [kind, count]) => sum + (kind.startsWith("HEAD manifests") ? count : 0),
    0,
  );
  const most = facts.edges + facts.listings;
  return {
    what:
      `one HEAD for each of ${facts.edges} tags and untagged digests (${heads} asked), ` +
      `and with at most ${facts.listings} listings no more than ${most} requests (${traffic.requests})`,
    holds: heads === facts.edges && traffic.requests <= most,
  };
}

/** A host that refuses what comes too fast. */
export const universeQuota: Row = {
  name: "universe-quota",
  title: `60 repositories x 21 destinations at a host that allows ${QUOTA} requests a second`,
  async run(bench) {
    const behaviour = ["--quota", String(QUOTA)];
    const planned = await planUniverse(bench, { sizes: SMALL, behaviour });
    const floorSeconds = planned.traffic.requests / QUOTA;
    const figures = { floorRatio: planned.cost.wallSeconds / floorSeconds };
    return { ...resultOf(this, planned), figures };
  },
};

async function planRow(
  bench: Bench,
  row: Pick<Row, "name" | "title">,
  flags: UniverseFlags,
): Promise<RowResult> {
  return resultOf(row, await planUniverse(bench, flags));
}

function resultOf({ name, title }: Pick<Row, "name" | "title">, planned: Planned): RowResult {
  const { entrant, checks } = planned;
  return { name, title, entrants: [entrant], checks, figures: {}, notes: earlierNotes(name) };
}
