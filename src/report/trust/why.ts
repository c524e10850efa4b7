import { askedByPolicy } from "./asked-by-policy.ts";
import { askedByRules } from "./asked-by-rules.ts";
import { GATES, type AskedItem, type MissingItem } from "./gates.ts";
import type { Stage, WhyQuestion } from "./why-question.ts";

/** What is asked at each gate and what is missing. */
export interface Why {
  readonly asked: readonly AskedItem[];
  readonly missing: readonly MissingItem[];
}

/** Sorts all that a version needs for a channel into the six gates (001-01). */
export function whyOf(question: WhyQuestion): Why {
  const stages = [
    ...askedByRules(question),
    ...askedByPolicy(question),
    ...sourceStage(question),
    ...promoteStages(question),
    ...mirrorStages(question),
  ].toSorted((a, b) => GATES.indexOf(a.asked.gate) - GATES.indexOf(b.asked.gate));
  return {
    asked: stages.map(({ asked }) => asked),
    missing: stages
      .filter(({ asked }) => asked.outcome !== "pass" && asked.mode === "enforce")
      .map(({ asked: { gate, what, by, found }, who, fix }) => ({
        gate,
        what,
        by,
        found,
        who,
        fix,
      })),
  };
}

function sourceStage({ source, decision, file }: WhyQuestion): readonly Stage[] {
  const { artifact, version } = decision.result;
  return [
    {
      asked: {
        gate: "publish",
        what: `the digest is at its source, ${source.repository}`,
        by: file,
        outcome: source.outcome,
        mode: "enforce",
        found: source.found,
      },
      who:
        source.outcome === "unknown"
          ? `whoever lets Waybill read ${source.repository}`
          : `whoever builds ${artifact}`,
      fix:
        source.outcome === "unknown"
          ? "make the source readable for Waybill, and ask again"
          : `push ${artifact} ${version} to its source, by that digest`,
    },
  ];
}

function promoteStages(question: WhyQuestion): readonly Stage[] {
  const { decision, line, file, isListed, channel, held, site } = question;
  const { artifact, version } = decision.result;
  const who = `whoever may change ${file}`;
  const where = site === undefined ? channel.name : `${channel.name} at ${site}`;
  const by = file;
  const state: Stage = {
    asked: {
      gate: "promote",
      what: `git says that it belongs in ${where}`,
      by,
      outcome: isListed ? "pass" : "fail",
      mode: "enforce",
      found: line.state ?? (isListed ? "it does" : "it does not"),
    },
    who: line.state === "retired" ? "nobody: a version that is retired stays so" : who,
    fix:
      line.state === "retired"
        ? "promote another version"
        : `waybill promote ${artifact}@${version} --to ${channel.name}, reviewed and merged`,
  };
  if (channel.after.length === 0) return [state];
  const before = channel.after.join(" or ");
  const order: Stage = {
    asked: {
      gate: "promote",
      what: `it was in ${before} before`,
      by: `channel ${channel.name}`,
      outcome: held.length > 0 ? "pass" : "fail",
      mode: "enforce",
      found: held.length > 0 ? `in ${held.join(", ")}` : "in none of them, by git",
    },
    who,
    fix: `waybill promote ${artifact}@${version} --to ${channel.after[0] ?? ""} first`,
  };
  return [order, state];
}

function mirrorStages({ sites, decision, channel }: WhyQuestion): readonly Stage[] {
  const { artifact } = decision.result;
  return sites.map(({ site, repository, required, outcome, found }) => ({
    asked: {
      gate: "mirror",
      what: `it is at ${site} (${required ? "required" : "best effort"}), ${repository}`,
      by: `channel ${channel.name}`,
      outcome,
      mode: required ? "enforce" : "warn",
      found,
    },
    who: "whoever runs waybill apply (the job after a merge)",
    fix:
      outcome === "unknown"
        ? `make ${site} readable, and ask again`
        : `waybill apply, once the gates before let ${artifact} through`,
  }));
}
