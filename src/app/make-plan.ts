import type { ActualState, ChannelLimits, DesiredArtifact, DesiredState, Lift, Plan } from "#model";
import type { PlanInput } from "#plan";
import type { Frozen, frozenAt as FrozenAtFunction } from "#policy";
import type { Stores } from "#stores";
import type { KeptProofs } from "#trust";
import type { Loaded } from "./load.ts";
import { affectedSince } from "./scope.ts";
import { gatePlan } from "./trust/gate-plan.ts";

/** How a plan is to be made. */
export interface PlanOptions {
  readonly since: string | undefined;
  readonly deep: boolean;
  readonly now: () => Date;
  /** Waits that approved overrides end. */
  readonly lifts?: readonly Lift[] | undefined;
  /** Artifacts whose closure and referrers are proved although the rest is compared by tags. */
  readonly deepFor?: ReadonlySet<string> | undefined;
  /** Proofs of earlier runs, for whoever only looks. */
  readonly kept?: KeptProofs | undefined;
}

/** Opens the stores of a run as the authority's registries say; nothing is connected yet. */
export async function openRunStores(loaded: Loaded, request: StoresRequest): Promise<Stores> {
  const { openStores } = await import("#stores");
  const { root, env, restrictPaths = false } = request;
  const { registries: hosts, certificates } = loaded;
  return openStores({ root, hosts, certificates, env, restrictPaths });
}

/** Where a run's stores lie, and the environment that holds their credentials. */
export interface StoresRequest {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly restrictPaths?: boolean | undefined;
}

/**
 * Desired × actual → the plan: policy decides which tags move, the stores are looked at as far as the scope needs, and
 * the difference is planned. A scope with nothing in it asks no store anything (promise 3). Where the authority asks for
 * trust, each step is decided before it is planned (issue 5).
 */
export async function makePlan(
  loaded: Loaded,
  options: PlanOptions,
  stores: Stores,
  signal: AbortSignal,
): Promise<Plan> {
  const [{ decide, frozenAt }, { observe }, { buildPlan }] = await Promise.all([
    import("#policy"),
    import("#inventory"),
    import("#plan"),
  ]);
  const { desired, revisions, trust } = loaded;
  const decisions = decide({ desired, now: options.now() });
  const affected =
    loaded.before &&
    affectedSince(loaded.before, (state) => decide({ desired: state, now: options.now() }), loaded);
  const scoped = affected === undefined ? desired : only(desired, affected);
  const parts = partsOf(scoped, options).map((part) =>
    observe({ ...part, decisions }, stores, signal),
  );
  const actual = joined(await Promise.all(parts), depthOf(options));
  const input: PlanInput = {
    desired,
    decisions,
    actual,
    scope:
      affected === undefined
        ? { kind: "all" }
        : { kind: "since", revision: options.since ?? "", artifacts: [...affected].toSorted() },
    before: loaded.before?.desired,
    commit: revisions.commit,
    base: revisions.base,
    limits: limitsOf(loaded.channels),
    frozen: freezesOf(loaded.channels, options, frozenAt),
    lifts: options.lifts,
  };
  return trust === undefined
    ? buildPlan(input)
    : gatePlan(
        input,
        {
          context: trust,
          stores,
          now: options.now(),
          hosts: loaded.registries,
          kept: options.kept,
        },
        signal,
      );
}

function limitsOf(channels: Loaded["channels"]): ReadonlyMap<string, ChannelLimits> {
  return new Map(
    [...channels].flatMap(([name, { limits }]) => (limits === undefined ? [] : [[name, limits]])),
  );
}

/** The channels that stay as they are now, by the authority's word (issue 6 §3). */
function freezesOf(
  channels: Loaded["channels"],
  { now }: PlanOptions,
  frozenAt: typeof FrozenAtFunction,
): ReadonlyMap<string, Frozen> {
  return new Map(
    [...channels].flatMap(([name, { freeze }]) => {
      const frozen = frozenAt(freeze ?? [], now());
      return frozen === undefined ? [] : [[name, frozen]];
    }),
  );
}

/** Scoped plans prove closure and referrers; a plan of everything does where it is asked to (contract §3). */
function depthOf({ since, deep }: PlanOptions): "tags" | "deep" {
  return deep || since !== undefined ? "deep" : "tags";
}

interface Part {
  readonly desired: DesiredState;
  readonly depth: ActualState["depth"];
}

/** What is looked at closely, and the rest; what shares a repository with the first belongs to it. */
function partsOf(desired: DesiredState, options: PlanOptions): readonly Part[] {
  const depth = depthOf(options);
  const { deepFor = new Set<string>() } = options;
  if (depth === "deep" || deepFor.size === 0) return [{ desired, depth }];
  const close = new Set(deepFor);
  const taken = new Set<string>();
  for (let before = -1; before < close.size;) {
    before = close.size;
    for (const artifact of desired.artifacts) {
      const repositories = repositoriesOf(artifact);
      if (!close.has(artifact.id) && !repositories.some((each) => taken.has(each))) continue;
      close.add(artifact.id);
      for (const each of repositories) taken.add(each);
    }
  }
  const rest = new Set(desired.artifacts.map(({ id }) => id)).difference(close);
  return [
    { desired: only(desired, close), depth: "deep" as const },
    { desired: only(desired, rest), depth },
  ].filter((part) => part.desired.artifacts.length > 0);
}

function repositoriesOf({ source, places }: DesiredArtifact): readonly string[] {
  return [source, ...places.map(({ repository }) => repository)];
}

function joined(parts: readonly ActualState[], depth: ActualState["depth"]): ActualState {
  const [first] = parts;
  if (first !== undefined && parts.length === 1) return first;
  return {
    depth,
    targets: new Map(parts.flatMap(({ targets }) => [...targets])),
    sources: new Map(parts.flatMap(({ sources }) => [...sources])),
    revisions: new Map(parts.flatMap(({ revisions }) => [...revisions])),
    revisionFaults: new Map(parts.flatMap(({ revisionFaults = [] }) => [...revisionFaults])),
  };
}

function only(desired: DesiredState, ids: ReadonlySet<string>): DesiredState {
  return { ...desired, artifacts: desired.artifacts.filter(({ id }) => ids.has(id)) };
}
