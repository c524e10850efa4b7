import { apply } from "#apply";
import { observe } from "#inventory";
import {
  parseDigest,
  type ActualState,
  type ApplyEvent,
  type ApplyOutcome,
  type Depth,
  type DesiredState,
  type Digest,
  type Plan,
  type RegistryHost,
  type VersionLine,
} from "#model";
import { approve, buildPlan } from "#plan";
import { decide } from "#policy";
import { openStores, type Stores } from "#stores";
import type { Built } from "./images.ts";
import type { Registry } from "./registry/index.ts";
import { line, type LineOptions } from "./state.ts";

/** The engine without files and git: desired state in, real stores, and what came of it out. */
export interface Engine extends AsyncDisposable {
  readonly stores: Stores;
  plan(
    desired: DesiredState,
    depth?: Depth,
  ): Promise<{ readonly actual: ActualState; readonly plan: Plan }>;
  apply(desired: DesiredState, depth?: Depth): Promise<Applied>;
}

export interface Applied {
  readonly plan: Plan;
  readonly outcome: ApplyOutcome;
  readonly events: readonly ApplyEvent[];
}

const NOW = new Date("2026-11-21T12:00:00Z");

/** Opens an engine whose registries are doubles: canonical host → double. */
export function openEngine(
  registries: Readonly<Record<string, Registry>>,
  options: { readonly root?: string; readonly signal?: AbortSignal } = {},
): Engine {
  const signal = options.signal ?? AbortSignal.timeout(30_000);
  const hosts = Object.entries(registries).map(([match, registry]) => hostEntry(match, registry));
  const stores = openStores({ root: options.root ?? "/nonexistent", hosts, env: {} });
  async function plan(
    desired: DesiredState,
    depth: Depth = "tags",
  ): Promise<{ actual: ActualState; plan: Plan }> {
    const decisions = decide({ desired, now: NOW });
    const actual = await observe({ desired, decisions, depth }, stores, signal);
    const scope = { kind: "all" } as const;
    return {
      actual,
      plan: buildPlan({ desired, decisions, actual, scope, commit: undefined, base: undefined }),
    };
  }
  return {
    stores,
    plan,
    async apply(desired, depth) {
      const made = await plan(desired, depth);
      const approved = approve(made.plan, { what: { kind: "all" }, channel: undefined });
      const events: ApplyEvent[] = [];
      const outcome = await apply(
        { plan: approved.plan, stores, now: () => NOW, emit: (event) => void events.push(event) },
        signal,
      );
      return { plan: made.plan, outcome, events };
    },
    [Symbol.asyncDispose]: () => stores.close(),
  };
}

/** A registries.yaml entry that leads a canonical host to a double. */
function hostEntry(match: string, registry: Registry): RegistryHost {
  return {
    match,
    endpoint: `http://${registry.host}`,
    plainHttp: false,
    caFile: undefined,
    maxConcurrency: undefined,
    requestsPerSecond: undefined,
    product: undefined,
    maxManifestBytes: undefined,
    capabilities: {},
    blobRedirectHosts: undefined,
    tokenHosts: [],
  };
}

/** A version line whose digest is that of something built. */
export function lineOf(
  version: string,
  built: Pick<Built, "digest">,
  options: LineOptions = {},
): VersionLine {
  return { ...line(version, options), digest: digestOfBuilt(built) };
}

export function digestOfBuilt(built: Pick<Built, "digest">): Digest {
  const digest = parseDigest(built.digest);
  if (digest === undefined) throw new TypeError(`not a digest: ${built.digest}`);
  return digest;
}
