import { describe, expect, it } from "vitest";
import { image, seed, type Built } from "../support/images.ts";
import { waybillHere, type Printed } from "../support/real/in-process.ts";
import {
  promotionsRepository,
  type PromotionsRepository,
} from "../support/real/promotions-repository.ts";
import {
  PROFILES,
  startRegistry,
  type Registry,
  type RegistryOptions,
} from "../support/registry/index.ts";

const FROM = "builds/app";
const TO = "prod/app";
/** Tags of the rows with many of them (issue 4 §6). */
const MANY = 200;

/** One or two registries, and what is promoted from the first to the other, or to another repository of it. */
interface Bench extends AsyncDisposable {
  readonly source: Registry;
  readonly target: Registry;
  readonly repository: PromotionsRepository;
  waybill(...args: readonly string[]): Promise<Printed>;
  /** Requests to all of them since the last time that this was asked, and the connections that they came on. */
  taken(): { readonly requests: number; readonly connections: number };
}

async function bench(
  images: readonly Built[],
  options: RegistryOptions & { readonly within?: true } = {},
): Promise<Bench> {
  const held = new AsyncDisposableStack();
  const { within, ...registry } = options;
  const source = held.use(await startRegistry(registry));
  const target = within === true ? source : held.use(await startRegistry(registry));
  const from = source.repository(FROM);
  images.forEach((built, at) => seed(from, built, [`v1.0.${at}`]));
  const repository = held.use(
    await promotionsRepository({
      sites: { oslo: target.host },
      channels: { prod: { to: "prod/{name}", sites: { require: ["oslo"] } } },
      artifacts: [
        {
          id: "shop/app",
          source: `${source.host}/${FROM}`,
          versions: images.map(({ digest }, at) => ({
            version: `v1.0.${at}`,
            digest,
            channels: ["prod"],
          })),
        },
      ],
    }),
  );
  const hosts = new Set([source, target]);
  function sum(of: (host: Registry) => number): number {
    return [...hosts].reduce((total, host) => total + of(host), 0);
  }
  return {
    source,
    target,
    repository,
    waybill: (...args) => waybillHere(repository.root, args),
    taken() {
      const taken = {
        requests: sum((host) => host.requests.length),
        connections: sum((host) => host.connections),
      };
      for (const host of hosts) host.reset();
      return taken;
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

function imagesOf(count: number, layers = 1): readonly Built[] {
  return Array.from({ length: count }, (_, at) =>
    image({ seed: `tag ${at}`, layers, sharedLayers: layers - 2, layerBytes: 2000 }),
  );
}

/** What apply asked beside what its planning asked: a plan of the same state is taken off. */
async function ownOfApply(run: Bench): Promise<number> {
  expect((await run.waybill("plan")).code).toBe(0);
  const planning = run.taken().requests;
  expect((await run.waybill("apply", "--yes")).code).toBe(0);
  return run.taken().requests - planning;
}

describe("requests of a run with nothing to do", () => {
  it("are one a tag at the target, none at the source, and one listing a repository and side", async () => {
    await using run = await bench(imagesOf(20), PROFILES.distribution);
    expect((await run.waybill("apply", "--yes")).code).toBe(0);
    run.taken();
    const { code, stdout } = await run.waybill("plan", "--detailed-exitcode");
    expect({ code, last: stdout.trimEnd().split("\n").at(-1) }).toEqual({
      code: 0,
      last: "Nothing to do; 20 already in place.",
    });
    expect(run.target.count({ kind: "manifest", method: "HEAD" })).toBe(20);
    expect(run.source.count({ kind: "tags" })).toBe(1);
    expect(run.target.count({ kind: "tags" })).toBe(1);
    expect(run.taken().requests).toBe(22);
  });

  it("are none a tag where a listing proves tag and digest", async () => {
    await using run = await bench(imagesOf(20), PROFILES.google);
    expect((await run.waybill("apply", "--yes")).code).toBe(0);
    run.taken();
    expect((await run.waybill("plan", "--detailed-exitcode")).code).toBe(0);
    expect(run.target.requests.map(({ method, kind }) => `${method} ${kind}`)).toEqual([
      "GET tags",
    ]);
    expect(run.taken().requests).toBeLessThanOrEqual(2);
  });

  it("are none at all where nothing is in scope", async () => {
    await using run = await bench(imagesOf(2));
    run.repository.commit();
    for (const verb of [["plan"], ["apply", "--yes"]])
      expect((await run.waybill(...verb, "--since", "HEAD^1")).code).toBe(0);
    expect(run.taken()).toEqual({ requests: 0, connections: 0 });
  });
});

describe("requests of a copy of a config and a layer, beside its planning", () => {
  it("are at most 8 between two registries", async () => {
    await using run = await bench(imagesOf(1), PROFILES.distribution);
    expect(await ownOfApply(run)).toBeLessThanOrEqual(8);
    expect(run.target.repository(TO).tags.size).toBe(1);
  });

  it("001-17 are at most 4 inside one registry, and no byte of a blob is moved", async () => {
    await using run = await bench(imagesOf(1), { ...PROFILES.distribution, within: true });
    expect((await run.waybill("plan")).code).toBe(0);
    const planning = run.taken().requests;
    expect((await run.waybill("apply", "--yes")).code).toBe(0);
    expect(run.source.count({ kind: "blob" })).toBe(0);
    expect(run.taken().requests - planning).toBeLessThanOrEqual(4);
  });
});

describe(`requests of ${MANY} tags of 3 layers, one of them shared`, { timeout: 60_000 }, () => {
  it("are at most 2,410 between two registries, planning included, on at most 40 connections", async () => {
    await using run = await bench(imagesOf(MANY, 3), PROFILES.distribution);
    expect((await run.waybill("apply", "--yes")).code).toBe(0);
    expect(run.target.repository(TO).tags.size).toBe(MANY);
    const { requests, connections } = run.taken();
    expect(requests).toBeLessThanOrEqual(2410);
    expect(connections).toBeLessThanOrEqual(40);
  });

  it("001-17 are at most 1,010 inside one registry, planning included", async () => {
    await using run = await bench(imagesOf(MANY, 3), { ...PROFILES.distribution, within: true });
    expect((await run.waybill("apply", "--yes")).code).toBe(0);
    expect(run.target.repository(TO).tags.size).toBe(MANY);
    expect(run.source.count({ kind: "blob" })).toBe(0);
    expect(run.taken().requests).toBeLessThanOrEqual(1010);
  });
});
