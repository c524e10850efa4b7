import type { Outcome, TrustState, Verdict, VerifyResult } from "#model";
import type { Style } from "../style.ts";

/** Trust in words, first word the state itself; the words alone must do, colour adds nothing (000-20). */
export const TRUST_WORDS: Readonly<Record<TrustState, string>> = {
  unverified: "unverified",
  verified: "verified",
  failed_verification: "failed verification",
  revoked: "revoked",
};

/** What its state means for a result, for whoever meets the word for the first time (003-09…13). */
export function trustMeaning({ trust, rules }: Pick<VerifyResult, "trust" | "rules">): string {
  switch (trust) {
    case "verified":
      return "every enforced rule that is for it passes under the current policy";
    case "failed_verification":
      return "it has evidence of a listed authority, and that is not enough";
    case "revoked":
      return "it is taken back: nothing new of it, whatever evidence it has";
    case "unverified":
      return rules.some(({ mode }) => mode === "enforce")
        ? "what the rules ask is not there, or could not be checked"
        : "no enforced rule is for it here";
  }
}

/** A verdict in one word, in capitals where it stops something. */
export const VERDICT_WORDS: Readonly<Record<Verdict, string>> = {
  allow: "allowed",
  warn: "allowed, with warnings",
  refuse: "REFUSED",
  unknown: "NOT KNOWN",
};

export const OUTCOME_WORDS: Readonly<Record<Outcome, string>> = {
  pass: "passes",
  fail: "fails",
  unknown: "not known",
};

/** The look of a verdict. */
export function lookOf(verdict: Verdict, style: Style): (text: string) => string {
  switch (verdict) {
    case "allow":
      return style.green;
    case "warn":
    case "unknown":
      return style.yellow;
    case "refuse":
      return style.red;
  }
}

/** The look of an outcome. */
export function lookOfOutcome(outcome: Outcome, style: Style): (text: string) => string {
  return lookOf(outcome === "pass" ? "allow" : outcome === "fail" ? "refuse" : "unknown", style);
}

/** `dev (eu)`: a channel, and the environment where there is one. */
export function whereOf({
  channel,
  environment,
}: {
  readonly channel: string;
  readonly environment?: string;
}): string {
  return environment === undefined ? channel : `${channel} (${environment})`;
}
