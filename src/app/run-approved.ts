import type { Attestor } from "#apply";
import type { ActionResult, ApplyEvent, ApplyOutcome, Lift, Plan } from "#model";
import type { Approved } from "#plan";
import type { Stores } from "#stores";
import type { Loaded } from "./load.ts";
import type { AttestorOptions } from "./trust/attestor.ts";
import { openAttestor, type SigningRequest } from "./trust/open-attestor.ts";
import { readmission } from "./trust/readmit.ts";

/** How an approved plan is carried out. */
export interface RunOptions {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
  /** What signs our own statements, where a channel asks for them. */
  readonly signing?: SigningRequest | undefined;
  readonly emit: (event: ApplyEvent) => void;
}

/** An approved plan, and the plan that it is a part of. */
export interface RunInput {
  readonly loaded: Loaded;
  readonly stores: Stores;
  readonly whole: Plan;
  readonly approved: Approved;
  /** Waits that approved overrides end. */
  readonly lifts?: readonly Lift[] | undefined;
}

/** What became of it. */
export interface RunEnd {
  /** What was approved alone: what an exit code is told from. */
  readonly done: ApplyOutcome;
  /** With what approval left out. */
  readonly outcome: ApplyOutcome;
}

/** A run that is ready: its plan can be shown, and it does nothing until it is told to. */
export interface ReadyRun {
  /** As far as the run is about it. */
  readonly plan: Plan;
  readonly go: (signal: AbortSignal) => Promise<RunEnd>;
}

/** Makes an approved plan ready; a signer that is wanting is told before anything is asked or written. */
export async function readyRun(
  { loaded, stores, whole, approved, lifts }: RunInput,
  options: RunOptions,
): Promise<ReadyRun> {
  const plan = askedFor(whole, approved);
  const attest = await attestorOf(loaded, { ...options, stores, plan: approved.plan });
  return {
    plan,
    go: async (signal) => {
      const rooms = await import("#apply");
      const { trust: context, desired } = loaded;
      const { now, emit } = options;
      const admit = context && readmission({ context, desired, stores, now, lifts });
      const done = await rooms.apply(
        { plan: approved.plan, stores, now, emit, admit, attest },
        signal,
      );
      return { done, outcome: withLeftOut(done, approved.leftOut, plan) };
    },
  };
}

/** Who attests what this run places. */
async function attestorOf(
  { trust: context, desired, revisions }: Loaded,
  { root, signing, stores, plan, env, now }: RunOptions & Pick<AttestorOptions, "stores" | "plan">,
): Promise<Attestor | undefined> {
  if (context === undefined) return undefined;
  const request = signing ?? { folder: root, toolVersion: "" };
  return openAttestor({ context, desired, revisions, stores, plan, env, now }, request);
}

/** The plan as far as this run is about it: with what approval left out, without other channels. */
function askedFor(whole: Plan, { plan, leftOut }: Approved): Plan {
  const asked = new Set(
    [...plan.actions, ...leftOut.map(({ action }) => action)].map(({ id }) => id),
  );
  return {
    ...whole,
    actions: whole.actions.filter(({ id }) => asked.has(id)),
    blocked: plan.blocked,
  };
}

/** The whole outcome in the plan's order: what was done, and what approval left out. */
function withLeftOut(
  done: ApplyOutcome,
  leftOut: readonly ActionResult[],
  plan: Plan,
): ApplyOutcome {
  const results = new Map(
    [...done.results, ...leftOut].map((result) => [result.action.id, result]),
  );
  const ordered = plan.actions
    .map((action) => results.get(action.id))
    .filter((result) => result !== undefined);
  return { ...done, planned: ordered.length, results: ordered };
}
