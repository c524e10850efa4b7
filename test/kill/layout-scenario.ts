import { readdir, rm } from "node:fs/promises";
import { waybillHere, type Printed } from "../support/real/in-process.ts";
import type { Ended } from "../support/real/program.ts";
import type { PromotionsRepository } from "../support/real/promotions-repository.ts";
import { layoutReader, differences, walk, registryReader } from "../support/real/walk.ts";
import { startRegistry } from "../support/registry/index.ts";
import { fill, hostsFile, killAt, SOURCE, WEB, type Kill } from "./scenario.ts";

/** A run into a layout that was killed, and what is wrong after the next one. */
export interface KilledLayout {
  readonly first: Ended;
  /** Requests to the source of the first run. */
  readonly asked: number;
  readonly second: Printed;
  readonly flaws: readonly string[];
}

/** Runs a promotion from a fresh double into a fresh layout, kills it, and runs it once more. */
export async function killLayoutAndRunAgain(
  repository: PromotionsRepository,
  kill: Kill,
): Promise<KilledLayout> {
  await using source = await startRegistry();
  fill(source);
  await rm(repository.path("var"), { recursive: true, force: true });
  const hosts = await hostsFile(repository, { [SOURCE]: source.host });
  const apply = ["apply", "--yes", "--registries", hosts];
  const process = repository.start(apply);
  killAt(process, [source], kill);
  const first = await process.ended;
  const asked = source.requests.length;
  const second = await waybillHere(repository.root, apply);
  const plan = ["plan", "--deep", "--detailed-exitcode", "--registries", hosts];
  const deep = await waybillHere(repository.root, plan);
  const folder = repository.path("var/prod/web");
  const layout = layoutReader(folder);
  const tags = await layout.tags();
  const flaws = [
    ...(second.code === 0 ? [] : [`the next run exits ${second.code}: ${second.stdout}`]),
    ...(deep.code === 0 ? [] : [`a deep plan is not empty: ${deep.stdout}`]),
    ...(await differences(await walk(registryReader(`${source.host}/builds/web`)), layout)),
    ...["v1.0.0", "stable"].flatMap((tag) =>
      tags.get(tag) === WEB.digest ? [] : [`the tag ${tag} is not there`],
    ),
    ...(await readdir(folder))
      .filter((name) => !["blobs", "index.json", "oci-layout"].includes(name))
      .map((name) => `${name} was left behind`),
  ];
  return { first, asked, second, flaws };
}
