import type { Plan } from "#model";
import { count, formatBytes } from "./quantities.ts";

/** How many of each there are in a plan. */
interface PlanCounts {
  readonly copy: number;
  readonly tag: number;
  readonly move: number;
  readonly untag: number;
  readonly delete: number;
  readonly attest: number;
  readonly blocked: number;
  readonly unchanged: number;
  readonly bytes: number;
}

/** Counts a plan's items; `move` are the tags that name something else now. */
function countPlan(plan: Plan): PlanCounts {
  function of(op: string): number {
    return plan.actions.filter((action) => action.op === op).length;
  }
  const move = plan.actions.filter(
    (action) => action.op === "tag" && action.expect !== null,
  ).length;
  return {
    copy: of("copy"),
    tag: of("tag") - move,
    move,
    untag: of("untag"),
    delete: of("delete"),
    attest: of("attest"),
    blocked: plan.blocked.length,
    unchanged: plan.unchanged,
    bytes: plan.actions.reduce((sum, action) => sum + (action.bytes ?? 0), 0),
  };
}

/** The last line of every plan: counts in words. */
export function planSentence(plan: Plan): string {
  const counts = countPlan(plan);
  const parts = [
    counts.delete > 0 && `${count(counts.delete, "delete")} (destructive)`,
    counts.untag > 0 && `${count(counts.untag, "untag")} (destructive)`,
    counts.copy > 0 && copies(counts),
    counts.tag > 0 && count(counts.tag, "new tag"),
    counts.move > 0 && `${count(counts.move, "tag")} moved`,
    counts.attest > 0 && count(counts.attest, "attestation"),
  ].filter((part) => part !== false);
  const does = parts.length > 0 ? `To do: ${parts.join(", ")}` : "Nothing to do";
  const blocked = counts.blocked > 0 ? `; ${counts.blocked} blocked` : "";
  const warned = plan.actions.filter(({ decision }) => decision?.verdict === "warn").length;
  const waiting = plan.actions.filter(({ notBefore }) => notBefore !== undefined).length;
  const notes = [
    warned > 0 && `; ${warned} with a warning`,
    waiting > 0 && `; ${waiting} not before its time`,
  ].filter((part) => part !== false);
  return `${does}${notes.join("")}${blocked}; ${counts.unchanged} already in place.`;
}

function copies(counts: PlanCounts): string {
  const size = counts.bytes > 0 ? ` of ${formatBytes(counts.bytes)}` : "";
  return `${count(counts.copy, "copy", "copies")}${size}`;
}
