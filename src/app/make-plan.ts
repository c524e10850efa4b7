import type { ChannelLimits, DesiredState, Plan } from "#model";
import type { PlanInput } from "#plan";
import type { Frozen, frozenAt as FrozenAtFunction } from "#policy";
import type { Stores } from "#stores";
import type { Loaded } from "./load.ts";
import { affectedSince } from "./scope.ts";
import { gatePlan } from "./trust/gate-plan.ts";

/** How a plan is to be made. */
export interface PlanOptions {
  readonly since: string | undefined;
  readonly deep: boolean;
  readonly now: () => Date;
  /** Channels whose freeze an approved override lifts. */
  readonly thawed?: ReadonlySet<string> | undefined;
}

/** Opens the stores of a run as the authority's registries say; nothing is connected yet. */
export async function openRunStores(loaded: Loaded, request: StoresRequest): Promise<Stores> {
  const { openStores } = await import("#stores");
  const { root, env, restrictPaths = false } = request;
  return openStores({ root, hosts: loaded.registries, env, restrictPaths });
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
  const actual = await observe(
    { desired: scoped, decisions, depth: depthOf(options) },
    stores,
    signal,
  );
  const input: PlanInput = {
    desired,
    decisions,
    actual,
    scope:
      affected === undefined
        ? { kind: "all" }
        : { kind: "since", revision: options.since ?? "", artifacts: [...affected].toSorted() },
    commit: revisions.commit,
    base: revisions.base,
    limits: limitsOf(loaded.channels),
    frozen: freezesOf(loaded.channels, options, frozenAt),
  };
  return trust === undefined
    ? buildPlan(input)
    : gatePlan(
        input,
        { context: trust, stores, now: options.now(), hosts: loaded.registries },
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
  { now, thawed }: PlanOptions,
  frozenAt: typeof FrozenAtFunction,
): ReadonlyMap<string, Frozen> {
  return new Map(
    [...channels].flatMap(([name, { freeze }]) => {
      const frozen = thawed?.has(name) ? undefined : frozenAt(freeze ?? [], now());
      return frozen === undefined ? [] : [[name, frozen]];
    }),
  );
}

/** Scoped plans prove closure and referrers; a plan of everything does where it is asked to (contract §3). */
function depthOf({ since, deep }: PlanOptions): "tags" | "deep" {
  return deep || since !== undefined ? "deep" : "tags";
}

function only(desired: DesiredState, ids: ReadonlySet<string>): DesiredState {
  return { ...desired, artifacts: desired.artifacts.filter(({ id }) => ids.has(id)) };
}
