import type { Json } from "#model";
import { resultJson } from "./verify-document.ts";
import type { WhyQuestion } from "./why-question.ts";
import type { Why } from "./why.ts";

/** `waybill.dev/why/v1`: one verify result, with what is asked and what is missing (issue 5 §6). */
export function whyDocument({ decision, policyDigest, now, site }: WhyQuestion, why: Why): Json {
  return {
    schema: "waybill.dev/why/v1",
    policyDigest: policyDigest ?? null,
    now: now.toISOString(),
    ...resultJson(decision.result),
    ...(site === undefined ? {} : { site }),
    ...(decision.notBefore === undefined ? {} : { notBefore: decision.notBefore }),
    asked: why.asked.map(({ gate, what, by, outcome, mode, found }) => ({
      gate,
      what,
      by,
      mode,
      outcome,
      found,
    })),
    missing: why.missing.map(({ gate, what, who, fix, found }) => ({
      gate,
      what,
      who,
      fix,
      found,
    })),
  };
}
