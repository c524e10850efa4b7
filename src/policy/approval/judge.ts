import { compareText, type CountedApproval, type ApprovalNeed, type NeedVerdict } from "#model";
import { approverIs, groupsOf, type KnownPeople } from "./membership.ts";
import { loginKey } from "./question.ts";

/** What one requirement is judged by. */
export interface JudgeInput {
  readonly approvals: readonly CountedApproval[];
  readonly known: KnownPeople;
  /** How many approvals more than it says, because somebody who may not count cannot be told. */
  readonly slack: number;
}

/**
 * Judges one requirement: enough distinct people, each known to be one of those asked. Who cannot be told does not
 * count, and matters only where the others are too few.
 */
export function judge(requirement: ApprovalNeed, input: JudgeInput): NeedVerdict {
  const { approvals, known, slack } = input;
  const inTime = approvals.filter(
    ({ submittedAt }) =>
      requirement.after === undefined || Date.parse(submittedAt) > Date.parse(requirement.after),
  );
  const by = new Map<string, string>();
  const rights = new Set<string>();
  for (const { login, id } of inTime) {
    const membership = approverIs({ login, id }, requirement.from, known);
    if (membership.kind === "in") by.set(id === undefined ? loginKey(login) : `#${id}`, login);
    if (membership.kind === "unknown") for (const right of membership.rights) rights.add(right);
  }
  const missing = Math.max(0, requirement.count + slack - by.size);
  const isUnknown = missing > 0 && rights.size > 0;
  const logins = [...by.values()].toSorted(compareText);
  return {
    requirement,
    status: missing === 0 ? "met" : isUnknown ? "unknown" : "missing",
    by: logins,
    missing,
    candidates: missing === 0 ? [] : candidatesOf(requirement, known, logins),
    rights: isUnknown ? [...rights].toSorted(compareText) : [],
  };
}

function candidatesOf(
  { from }: ApprovalNeed,
  { owners }: KnownPeople,
  by: readonly string[],
): readonly string[] {
  if (from.kind === "role") return [];
  const done = new Set(by.map(loginKey));
  const names = groupsOf(from.groups, owners).flatMap(({ people, teams }) => [
    ...people.map(({ login }) => login).filter((login) => !done.has(loginKey(login))),
    ...teams,
  ]);
  return [...new Set(names)].toSorted(compareText);
}
