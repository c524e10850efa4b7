import type { RequiresResult, TrustReason } from "#model";
import { canBe, provedAs } from "./kinds.ts";
import { isAllowedSource, neverEntry } from "./match.ts";
import type { TrustQuestion } from "./question.ts";
import type { Revokedness } from "./revoked.ts";

/** One thing that is asked of everything, and why it refuses where it does. */
export interface General {
  readonly row: RequiresResult;
  readonly reason: TrustReason | undefined;
}

/** What is asked of every artifact in every channel: not revoked, from a source that is allowed, of the kind it says. */
export function judgeGeneral(question: TrustQuestion, revoked: Revokedness): readonly General[] {
  return [
    ...revocationOf(question, revoked),
    ...sourceOf(question),
    ...neverOf(question),
    kindOf(question),
  ];
}

function revocationOf(
  { artifact, version }: TrustQuestion,
  revoked: Revokedness,
): readonly General[] {
  const row = { name: "revocation", expected: "not revoked" };
  switch (revoked.kind) {
    case "clear":
      return [];
    case "revoked": {
      const { reason, reference } = revoked.by;
      const more = reference === undefined ? "" : ` (${reference})`;
      return [
        {
          row: { ...row, outcome: "fail", found: revoked.why },
          reason: {
            code: "revoked",
            verdict: "refuse",
            message: `${artifact.id}@${version} is revoked: ${revoked.why}: ${reason}${more}.`,
            fix: "promote another version; removing it where it is placed is a step of its own",
          },
        },
      ];
    }
    case "unknown":
      return [
        {
          row: { ...row, outcome: "unknown", found: "a manifest that could not be read" },
          reason: {
            code: "revoked",
            verdict: "unknown",
            message: `It is not known whether ${artifact.id}@${version} contains something that is revoked.`,
            fix: "make the manifest readable at its source, and plan again",
          },
        },
      ];
  }
}

function sourceOf(question: TrustQuestion): readonly General[] {
  const { policy, artifact } = question;
  if (policy?.allowedSources === undefined) return [];
  const expected = policy.allowedSources
    .map((glob) => glob.replaceAll("{project}", artifact.project))
    .join(", ");
  const allowed = isAllowedSource(policy, question);
  const row: RequiresResult = {
    name: "sources",
    outcome: allowed ? "pass" : "fail",
    expected,
    found: artifact.source,
  };
  return [
    {
      row,
      reason: allowed
        ? undefined
        : {
            code: "source-not-allowed",
            verdict: "refuse",
            message: `${artifact.id} comes from ${artifact.source}, which sources.allow does not hold.`,
            fix: `publish it under ${expected}`,
          },
    },
  ];
}

function neverOf(question: TrustQuestion): readonly General[] {
  const { policy, artifact, channel } = question;
  const never = policy === undefined ? undefined : neverEntry(policy, question);
  if (never === undefined) return [];
  return [
    {
      row: {
        name: "neverPromote",
        outcome: "fail",
        expected: "nothing that is never promoted",
        found: never.reason,
      },
      reason: {
        code: "never-promote",
        verdict: "refuse",
        message: `${artifact.id} never enters ${channel.name}: ${never.reason} (${never.at.file}:${never.at.line}).`,
        fix: `take ${channel.name} off its lines`,
      },
    },
  ];
}

function kindOf({ artifact, version, facts }: TrustQuestion): General {
  const row = { name: "kind", expected: artifact.kind };
  if (facts.image.kind === "unknown") {
    return {
      row: { ...row, outcome: "unknown", found: facts.image.fault.message },
      reason: {
        code: "kind-mismatch",
        verdict: "unknown",
        message: `The manifest of ${artifact.id}@${version} could not be read: ${facts.image.fault.message}`,
        fix: facts.image.fault.hint ?? "make the manifest readable at its source, and plan again",
      },
    };
  }
  const found = provedAs(facts.image.value);
  if (canBe(facts.image.value, artifact.kind))
    return { row: { ...row, outcome: "pass", found }, reason: undefined };
  return {
    row: { ...row, outcome: "fail", found },
    reason: {
      code: "kind-mismatch",
      verdict: "refuse",
      message: `${artifact.id}@${version} says that it is a ${artifact.kind}, and its manifest is ${WORDS[found]}.`,
      fix: "register the digest under an artifact of its own kind",
    },
  };
}

const WORDS = {
  chart: "a chart",
  image: "an image that runs",
  files: "a set of files",
  index: "an index",
} as const;
