import type {
  ActualState,
  Channel,
  DesiredState,
  Facets,
  ObservedTarget,
  Repository as Place,
  VersionLine,
} from "#model";
import { openEngine, type Engine } from "../support/engine.ts";
import {
  startRegistry,
  type Registry,
  type RegistryOptions,
  type Repository,
  type RequestRecord,
} from "../support/registry/index.ts";
import { channel, desiredArtifact, desiredState, repo } from "../support/state.ts";

/** Two registries, and an engine that knows one as the source and the other as the site oslo. */
export interface World extends AsyncDisposable {
  readonly source: Registry;
  readonly target: Registry;
  readonly engine: Engine;
  /** The source repository of `payments/api`, and its place in prod at oslo. */
  readonly from: Repository;
  readonly to: Repository;
}

export const OSLO = "registry.oslo.example.com";
export const SOURCE_HOST = "registry.example.com";
const FROM = "staging/api";
const TO = "prod/payments/api";
export const PLACE: Place = repo(`${OSLO}/${TO}`);
export const ORIGIN: Place = repo(`${SOURCE_HOST}/${FROM}`);

export async function openWorld(
  options: { readonly source?: RegistryOptions; readonly target?: RegistryOptions } = {},
): Promise<World> {
  const source = await startRegistry(options.source ?? {});
  const target = await startRegistry(options.target ?? {});
  const engine = openEngine({ [SOURCE_HOST]: source, [OSLO]: target });
  return {
    source,
    target,
    engine,
    from: source.repository(FROM),
    to: target.repository(TO),
    [Symbol.asyncDispose]: async () => {
      await engine[Symbol.asyncDispose]();
      await source.close();
      await target.close();
    },
  };
}

/** The desired state of `payments/api` with these lines, in one channel, prod unless another is given. */
export function wanting(lines: readonly VersionLine[], over: Partial<Channel> = {}): DesiredState {
  return desiredState([channel("prod", over)], [desiredArtifact("payments/api", { lines })]);
}

/** What a registry was asked: `GET tags`, `HEAD manifest v1.0.0`, sorted; a digest is shown as `digest`. */
export function asked({ requests }: Registry): readonly string[] {
  return requests.map(sentence).toSorted();
}

function sentence({ method, kind, reference }: RequestRecord): string {
  const name = reference?.includes(":") === true ? "digest" : reference;
  return [method, kind, ...(name === undefined ? [] : [name])].join(" ");
}

export function placeIn(actual: ActualState): ObservedTarget {
  const found = actual.targets.get(PLACE);
  if (found === undefined) throw new Error("expected the place to be observed");
  return found;
}

/** The facets of the one digest that has any. */
export function onlyFacets(actual: ActualState): Facets {
  const [facets, ...others] = placeIn(actual).facets.values();
  if (facets === undefined || others.length > 0) throw new Error("expected facets of one digest");
  return facets;
}
