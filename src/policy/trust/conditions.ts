import { formatDuration, matchesPattern, parseTime, type Condition, type Json } from "#model";
import { isArray, pointTo, shownJson } from "./json.ts";

/** What became of one condition. */
export interface ConditionOutcome {
  readonly holds: boolean;
  readonly expected: string;
  readonly found: string;
}

/**
 * Judges a condition on a predicate. Absent data satisfies no operator, and neither does data of another type than the
 * operator's (issue 5 §2).
 */
export function judgeCondition(condition: Condition, predicate: Json, now: Date): ConditionOutcome {
  const value = pointTo(predicate, condition.path);
  const place = condition.path === "" ? "the value" : condition.path;
  return {
    holds: value !== undefined && holds(condition, value, now),
    expected: `${place} ${expectation(condition)}`,
    found: shownJson(value),
  };
}

function holds(condition: Condition, value: Json, now: Date): boolean {
  switch (condition.op) {
    case "eq":
      return isSame(value, condition.value);
    case "in":
      return condition.values.some((option) => isSame(value, option));
    case "matches":
      return typeof value === "string" && matchesPattern(condition.pattern, value);
    case "lte":
      return typeof value === "number" && value <= condition.value;
    case "gte":
      return typeof value === "number" && value >= condition.value;
    case "exists":
      return value !== null && value !== "";
    case "olderThan":
      return isOlder(value, condition.milliseconds, now);
  }
}

/** Compares as deep as the policy's own value goes, so that hostile depth in a predicate costs nothing. */
function isSame(found: Json, wanted: Json): boolean {
  if (!isArray(wanted)) return found === wanted;
  return (
    isArray(found) &&
    found.length === wanted.length &&
    wanted.every((item, index) => isSame(found[index] ?? null, item))
  );
}

function isOlder(value: Json, milliseconds: number, now: Date): boolean {
  const time = typeof value === "string" ? parseTime(value) : undefined;
  return time !== undefined && now.getTime() - time > milliseconds;
}

function expectation(condition: Condition): string {
  switch (condition.op) {
    case "eq":
      return `is ${shownJson(condition.value)}`;
    case "in":
      return `is one of ${condition.values.map(shownJson).join(", ")}`;
    case "matches":
      return `matches ${condition.pattern.source}`;
    case "lte":
      return `is at most ${condition.value}`;
    case "gte":
      return `is at least ${condition.value}`;
    case "exists":
      return "is there";
    case "olderThan":
      return `is older than ${formatDuration(condition.milliseconds)}`;
  }
}
