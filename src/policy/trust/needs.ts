import type { ChannelRequires } from "#model";
import { rulesFor } from "./match.ts";
import type { TrustQuestion } from "./question.ts";

/** What a decision will ask for, so that nothing else need be read. */
export interface TrustNeeds {
  /** Whose evidence: nobody's, the digest's, or that of its platforms too. */
  readonly evidence: "none" | "digest" | "platforms";
  /** What of configs: nothing, which platforms they are for, or the labels of each too. */
  readonly details: "none" | "platforms" | "labels";
  /** Something is judged by its age, so that it matters when the version first entered. */
  readonly ages: boolean;
  /** Something is judged by the newest statement of each authority, so that one that is gone matters. */
  readonly dated: boolean;
  /** A moving tag of the channels before. */
  readonly sameDigestAs: string | undefined;
  readonly soak: boolean;
}

/** The part of a question that is there before anything is read. */
export type NeedsQuestion = Pick<TrustQuestion, "artifact" | "channel" | "environment" | "policy">;

/** Tells what must be read to decide: of the rules that apply and of what the channel requires. */
export function trustNeeds(question: NeedsQuestion): TrustNeeds {
  const { requires } = question.channel;
  const rules = rulesFor(question).filter(({ require }) => require.length > 0);
  const demands = rules.flatMap(({ require }) => require);
  const asksEvidence = rules.length > 0 || requires?.licences !== undefined;
  return {
    evidence: rules.some(({ coverage }) => coverage !== "index")
      ? "platforms"
      : asksEvidence
        ? "digest"
        : "none",
    details: detailsOf(requires),
    ages: demands.some((demand) => "maxAge" in demand && demand.maxAge !== undefined),
    dated: demands.some(({ type }) => type === "vulnerabilities" || type === "attestation"),
    sameDigestAs: requires?.sameDigestAs,
    soak: requires?.soak !== undefined,
  };
}

function detailsOf(requires: ChannelRequires | undefined): TrustNeeds["details"] {
  if (requires === undefined) return "none";
  if (requires.annotations.size > 0 || requires.basePinned) return "labels";
  return requires.platforms.length > 0 ? "platforms" : "none";
}
