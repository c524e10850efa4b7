import type { TrustState, Verdict } from "#model";
import type { Turned } from "../trust/turned.ts";
import { amount, list, maybe, member, oneOf, text } from "./shape.ts";

/** What a pull request that edits policy would turn about what is placed, as far as a page shows it (issue 6 §1). */
export interface PolicyTurns {
  /** How many decisions were compared. */
  readonly compared: number;
  readonly turns: readonly PolicyTurn[];
}

/** One version in one channel whose trust or verdict would be another. */
export interface PolicyTurn {
  readonly artifact: string;
  readonly version: string;
  readonly channel: string;
  readonly environment: string | undefined;
  readonly from: TurnState;
  readonly to: TurnState;
  readonly why: string;
}

export interface TurnState {
  readonly trust: TrustState;
  readonly decision: Verdict;
}

/** The same as `verify --policy-from` tells, without the evidence that it was told from. */
export function policyTurnsOf({ compared, turns }: Turned): PolicyTurns {
  return {
    compared,
    turns: turns.map(({ before, after }) => ({
      artifact: after.result.artifact,
      version: after.result.version,
      channel: after.result.channel,
      environment: after.result.environment,
      from: { trust: before.result.trust, decision: before.result.decision },
      to: { trust: after.result.trust, decision: after.result.decision },
      why: after.explanation,
    })),
  };
}

/** Reads them, of a check's document. */
export function readPolicyTurns(value: unknown): PolicyTurns {
  return {
    compared: amount(member(value, "compared")),
    turns: list(readTurn)(member(value, "turns")),
  };
}

function readTurn(value: unknown): PolicyTurn {
  return {
    artifact: text(member(value, "artifact")),
    version: text(member(value, "version")),
    channel: text(member(value, "channel")),
    environment: maybe(text)(member(value, "environment")),
    from: readState(member(value, "from")),
    to: readState(member(value, "to")),
    why: text(member(value, "why")),
  };
}

const TRUST = ["unverified", "verified", "failed_verification", "revoked"] as const;
const VERDICTS = ["allow", "warn", "refuse", "unknown"] as const;

function readState(value: unknown): TurnState {
  return {
    trust: oneOf(TRUST)(member(value, "trust")),
    decision: oneOf(VERDICTS)(member(value, "decision")),
  };
}
