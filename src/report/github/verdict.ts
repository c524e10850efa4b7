import type { Change, LifeStep, Plan } from "#model";
import { code, markdown } from "../plain-text.ts";
import { planSentence } from "../plan-summary.ts";
import { count } from "../quantities.ts";
import type { CheckReport } from "./check-report.ts";

/** The verdict in one line, first of everything (issue 6 §2). */
export function verdictLine(report: CheckReport): string {
  const { result, plan, findings } = report;
  const errors = findings.filter(({ severity }) => severity === "error").length;
  switch (result) {
    case "invalid":
      return `❌ **${count(errors, "error")}: nothing was planned.**`;
    case "blocked":
      return `⛔ **Refused as it stands.** ${sentence(plan)}`;
    case "unknown":
      return plan === undefined
        ? "❓ **This head was not planned yet.**"
        : `❓ **Could not be decided.** ${sentence(plan)}`;
    case "desired-only":
      return `📄 **Desired difference only: ${storesOf(report)}, so that what is there is not known.** ${desiredSentence(report)}`;
    case "changes":
      return `✅ **${sentence(plan)}**`;
    case "none":
      return `✅ **${nothingSentence(report)}**`;
  }
}

function sentence(plan: Plan | undefined): string {
  return plan === undefined ? "" : planSentence(plan);
}

function storesOf({ unread }: CheckReport): string {
  const [first, ...others] = unread;
  if (first === undefined) return "no store was read";
  const name = code(first.store);
  const why =
    first.why === "new-host"
      ? `${name} is new against the base and was not contacted`
      : `${name} may not be read by this job`;
  return others.length === 0 ? why : `${why}, and so ${count(others.length, "more store")}`;
}

function desiredSentence({ desired, plan }: CheckReport): string {
  const asks = count(desired.length, "change");
  const known = plan !== undefined && plan.actions.length > 0 ? ` ${planSentence(plan)}` : "";
  return `${asks} asked for.${known}`;
}

function nothingSentence({ changes, inPlace, plan, policy }: CheckReport): string {
  const steps = changes.filter(isStep);
  if (inPlace.length > 0)
    return `Nothing to do: ${count(inPlace.length, "item")} already in place.`;
  if (steps.length > 0)
    return `Nothing to do at any registry: ${count(steps.length, "step")} of life.`;
  const isEmpty =
    plan === undefined || (plan.scope.kind === "since" && plan.scope.artifacts.length === 0);
  if (isEmpty)
    return policy === undefined ? "Touches no promotion." : "Changes policy, and no promotion.";
  return planSentence(plan);
}

/** Tells a step of life, which no registry sees, from a change of places. */
export function isStep(change: Change): change is LifeStep {
  switch (change.kind) {
    case "enters":
    case "leaves":
    case "moves":
      return false;
    case "registers":
    case "deprecates":
    case "retires":
    case "pins":
    case "lifts":
    case "forgets":
    case "edits":
      return true;
  }
}

/** A step of life in words. */
export function stepWords({ kind, artifact, version, detail }: LifeStep): string {
  const what = `${markdown(artifact)} ${code(version ?? "")}`.trim();
  const more = markdown(detail ?? "");
  switch (kind) {
    case "registers":
    case "deprecates":
    case "retires":
    case "forgets":
    case "edits":
      return more === "" ? `${kind} ${what}` : `${kind} ${what}: ${more}`;
    case "pins":
      return `pins ${more} to ${what}`;
    case "lifts":
      return `lifts the pin of ${more} to ${what}`;
  }
}
