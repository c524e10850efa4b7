import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Bench, Row } from "../bench.ts";
import { thinImages } from "../images.ts";
import { measure, type Cost } from "../measure.ts";
import { commit, writePromotions } from "../promotions.ts";
import type { Traffic } from "../registry-log.ts";
import { race } from "../rounds.ts";
import { waybill } from "../waybill.ts";
import { imagesIn, SOURCE, TARGET } from "./copying.ts";

const IMAGES = thinImages(2000);

/** A revision that touched no promotion: nothing is in scope. */
export const since: Row = {
  name: "since",
  title: "2000 tags, plan --since a revision that changed no promotion",
  async run(bench) {
    const usage = "waybill plan --since HEAD~1";
    const entrants = await race(bench, [
      { name: "waybill", usage, peer: false, run: (counted) => planOnce(bench, counted) },
    ]);
    return { name: this.name, title: this.title, entrants, checks: [], figures: {}, notes: [] };
  },
};

async function planOnce(
  bench: Bench,
  counted: boolean,
): Promise<{ cost: Cost; traffic?: Traffic }> {
  const fixture = imagesIn(SOURCE, "thin-source", IMAGES);
  await using registry = await bench.yard.start(
    { fixture, writable: false, counted },
    bench.signal,
  );
  const folder = await bench.workshop.folder("since");
  const promotions = join(folder, "promotions-repository");
  const { host } = registry;
  const source = { host, repository: SOURCE };
  await writePromotions(promotions, {
    source,
    target: { host, repository: TARGET },
    images: IMAGES,
  });
  await writeFile(join(promotions, "README.md"), "Not a promotion.\n");
  await commit(promotions, "say what this is");
  const command = waybill(folder, ["-C", promotions, "plan", "--since", "HEAD~1"]);
  const cost = await measure(command, bench.signal);
  return counted ? { cost, traffic: await registry.traffic() } : { cost };
}
