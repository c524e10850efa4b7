import type { Repository } from "./address.ts";
import type { Depth } from "./actual.ts";
import type { Kind } from "./desired.ts";
import type { Digest } from "./digest.ts";
import type { Evidence } from "./evidence.ts";
import type { Coverage } from "./trust.ts";
import type { ActionDecision } from "./trust-step.ts";
import type { TrustDecision, TrustReasonCode } from "./verify-result.ts";

export const OPS = ["copy", "tag", "untag", "delete", "attest"] as const;
export type Op = (typeof OPS)[number];

/** What identifies an action on any machine; its canonical JSON is hashed into the action's id (contract §5). */
export interface ActionKey {
  readonly op: Op;
  readonly artifact: string;
  readonly version: string | null;
  readonly digest: Digest | null;
  readonly channel: string | null;
  readonly site: string | null;
  readonly to: Repository;
  readonly tag: string | null;
  /** The digest now under `tag`, or null for none. */
  readonly expect: Digest | null;
}

/** One step of a plan, with its precondition (`expect`) and its reason. */
export interface Action extends ActionKey {
  /** The first 16 hex of the SHA-256 of the key as canonical JSON. */
  readonly id: string;
  readonly version: string;
  readonly digest: Digest;
  readonly kind: Kind;
  readonly from: Repository | undefined;
  readonly bytes: number | undefined;
  readonly reason: string;
  /** RFC 3339; apply skips the action until then. */
  readonly notBefore: string | undefined;
  readonly destructive: boolean;
  /** `copy`: all the evidence that travels with it, subjects before what refers to them. */
  readonly evidence: readonly Evidence[];
  /** `copy`: the manifest is already there and something of it is not. */
  readonly repair: boolean;
  /**
   * The actions that must have been done first: before a moving tag, the copies at other places (contract §2, `require`
   * and `quorum`); before a delete, the moving tags that leave the digest. A tag's own copy (same `to` and digest)
   * always comes first and is not named.
   */
  readonly gate: Gate | undefined;
  /** The site is best effort only: its failure counts as exit 3 where a required one's counts as exit 1 (contract §4). */
  readonly bestEffort?: boolean;
  /** What trust decided about its step; absent where no policy asks anything, and for what takes away. */
  readonly decision?: ActionDecision;
  /** The evidence that let the version in, sorted: read back at the destination before a tag is written (000-18). */
  readonly admittedBy?: readonly Digest[];
  /** `attest`: where our statements go, and why they may say what they say. */
  readonly attest?: AttestTarget;
}

/** Where our two statements about a digest in a channel go (issue 5 §5). */
export interface AttestTarget {
  /** The digest's own repository, or the one beside it for evidence. */
  readonly repository: Repository;
  /** The manifests that they are attached to. */
  readonly coverage: Coverage;
  /** The immutable tags that the digest has, or gets, there. */
  readonly tags: readonly string[];
  /** What policy decided about the step; they repeat it. */
  readonly decision: TrustDecision;
}

/** What must hold before an action is done: all of `require`, and `atLeast` of `anyOf`. Ids of actions. */
export interface Gate {
  readonly require: readonly string[];
  readonly atLeast: number;
  readonly anyOf: readonly string[];
}

/** Something that git asks for and that may not, or cannot, be done now. */
export interface Blocked {
  readonly artifact: string;
  readonly version: string | undefined;
  readonly channel: string | undefined;
  readonly site: string | undefined;
  /** The key of the action that it would have been, where there is exactly one. */
  readonly key: ActionKey | undefined;
  readonly code: BlockedCode;
  readonly reason: string;
  readonly hint: string;
  /** The site is best effort only: counts as exit 3 where a required one counts as exit 1 (contract §4). */
  readonly bestEffort: boolean;
  /** Trust's own word, which decides the exit code: refused by a fact (4), or a fact could not be read (1). */
  readonly verdict?: "refuse" | "unknown";
}

/** Refusals are exit 4; the rest could not be decided or failed: exit 1 (contract §4). */
export type BlockedCode =
  | "source-missing"
  | "source-unknown"
  | "target-unknown"
  | "revision-missing"
  | "foreign-move"
  | "tag-would-go-back"
  | "still-needed"
  | "store-not-supported"
  | "attest-limit"
  | "tag-waits"
  | TrustReasonCode;

/** Something worth knowing that changes no exit code. */
export interface PlanNote {
  readonly code: string;
  readonly message: string;
}

/** The ordered actions that make the stores hold what git says: the one product of the `plan` room. */
export interface Plan {
  /** `sha256:` over the canonical JSON of the sorted action keys, `attest` left out. */
  readonly digest: Digest;
  readonly commit: string | undefined;
  readonly base: string | undefined;
  readonly scope: Scope;
  readonly depth: Depth;
  /** Items of the scope that are already in place. */
  readonly unchanged: number;
  /** Sorted by artifact, channel, site, `to`, op (delete, untag, copy, tag, attest), tag, digest. */
  readonly actions: readonly Action[];
  /** Sorted by artifact, version, channel, site, code. */
  readonly blocked: readonly Blocked[];
  /** Sorted by code, then message. */
  readonly notes: readonly PlanNote[];
  /** Ids of actions that together pass a limit (promise 10): done only where an approval names them one by one. */
  readonly overLimit?: readonly string[];
}

/** What was looked at: everything, or what differs since a revision (contract §4). */
export type Scope =
  | { readonly kind: "all" }
  | { readonly kind: "since"; readonly revision: string; readonly artifacts: readonly string[] };

declare const approved: unique symbol;

/** A plan that somebody approved, in whole or in part; only `plan/approve.ts` makes one, and `apply` takes nothing else. */
export type ApprovedPlan = Plan & { readonly [approved]: true };
