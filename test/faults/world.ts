import { image, evidenceTag, sbomFor, seed, signatureFor, type Built } from "../support/images.ts";
import { waybillHere, type Printed } from "../support/real/in-process.ts";
import {
  promotionsRepository,
  type PromotionsRepository,
  type VersionText,
} from "../support/real/promotions-repository.ts";
import { startRegistry, type Registry, type RegistryOptions } from "../support/registry/index.ts";

/** The hosts that a promotion knows, which `registries.yaml` leads to the doubles. */
export const SOURCE = "registry.example.com";
export const TARGET = "oslo.example.com";

/** The password of the account that both registries know; it may be printed nowhere. */
export const SECRET = "s3cret-of-the-robot";

/** Where the artifact comes from, and where its promotion puts it. */
export const FROM = "builds/api";
export const TO = "prod/api";

/** How the two registries are, and how the promotions repository knows them. */
export interface WorldOptions {
  readonly source?: RegistryOptions;
  readonly target?: RegistryOptions;
  /** What `registries.yaml` says of the target beside its endpoint. */
  readonly targetEntry?: object;
  readonly env?:
    | Readonly<Record<string, string>>
    | ((world: World) => Readonly<Record<string, string>>);
  readonly layerBytes?: number;
  /** Rules of the channel beside its path. */
  readonly channel?: object;
  /** The store of the site, where it is not the target registry. */
  readonly store?: string;
}

/** Two registries, an image with evidence at the first, and a promotions repository that wants it at the second. */
export interface World extends AsyncDisposable {
  readonly source: Registry;
  readonly target: Registry;
  readonly repository: PromotionsRepository;
  readonly app: Built;
  readonly options: WorldOptions;
  run(...args: readonly string[]): Promise<Printed>;
  /** What the target lacks of the source's content, one line each. */
  lacks(): readonly string[];
}

/** Builds a world in which nothing is wrong yet. */
export async function openWorld(options: WorldOptions = {}): Promise<World> {
  const held = new AsyncDisposableStack();
  const source = held.use(await startRegistry(options.source));
  const target = held.use(await startRegistry(options.target));
  const repository = held.use(await promotionsRepository());
  const app = image({ seed: "app", layerBytes: options.layerBytes ?? 4096 });
  const from = source.repository(FROM);
  seed(from, app, ["v1.0.0"]);
  seed(from, signatureFor(app), [evidenceTag(app.digest)]);
  seed(from, sbomFor(app));
  const world: World = {
    source,
    target,
    repository,
    app,
    options,
    run: (...args) => {
      const env = typeof options.env === "function" ? options.env(world) : options.env;
      return waybillHere(repository.root, args, env === undefined ? {} : { env });
    },
    lacks: () => lacking(source, target),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
  await say(world, [{ version: "v1.0.0", digest: app.digest, channels: ["prod"] }]);
  return world;
}

/** Writes and commits what the promotions repository of a world says. */
export async function say(world: World, versions: readonly VersionText[]): Promise<void> {
  const { source, target, options } = world;
  await world.repository.say({
    sites: { oslo: options.store ?? TARGET },
    channels: { prod: { to: "prod/{name}", sites: { require: ["oslo"] }, ...options.channel } },
    hosts: {
      [SOURCE]: { endpoint: source.origin },
      [TARGET]: { endpoint: target.origin, ...options.targetEntry },
    },
    artifacts: [{ id: "shop/api", source: `${SOURCE}/${FROM}`, versions }],
  });
}

function lacking(source: Registry, target: Registry): readonly string[] {
  const [from, to] = [source.repository(FROM), target.repository(TO)];
  const fallback = /^sha256-[0-9a-f]{64}$/u;
  const lists = new Set(
    [...from.tags].flatMap(([tag, digest]) => (fallback.test(tag) ? [digest] : [])),
  );
  const manifests = [...from.manifests.values()].filter(({ digest }) => !lists.has(digest));
  return [
    ...manifests.flatMap(({ digest, bytes }) =>
      to.manifests.get(digest)?.bytes.equals(bytes) === true ? [] : [`manifest ${digest}`],
    ),
    ...[...from.blobs].flatMap(([digest, bytes]) =>
      to.blobs.get(digest)?.equals(bytes) === true ? [] : [`blob ${digest}`],
    ),
    ...[...from.tags].flatMap(([tag, digest]) =>
      fallback.test(tag) || to.tags.get(tag) === digest ? [] : [`tag ${tag}`],
    ),
  ];
}
