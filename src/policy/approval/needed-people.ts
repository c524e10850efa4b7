import { type Account, type Approvers } from "#model";
import { groupsOf } from "./membership.ts";
import { opinionsOf } from "./people.ts";
import { loginKey, memberKey, type ApprovalQuestion } from "./question.ts";
import { requirementsOf } from "./requirements.ts";

/** What has to be asked of the forge before a verdict can be whole; each is one request. */
export interface NeededPeople {
  readonly teams: readonly { readonly team: string; readonly login: string }[];
  /** Logins whose role in the repository matters. */
  readonly roles: readonly string[];
}

/** Tells which memberships and roles a verdict depends on, and no others: whom a file names by name is not asked for. */
export function neededPeople(question: ApprovalQuestion): NeededPeople {
  const { facts, rules } = question;
  const { owners } = rules;
  const opinions = opinionsOf(facts, question.standing);
  const teams = new Map<string, { readonly team: string; readonly login: string }>();
  const roles = new Map<string, string>();
  for (const person of [...opinions.approvals, ...opinions.objections]) {
    for (const { from } of requirementsOf(question)) ask(person, from);
  }
  const channels = new Set(question.files.flatMap((file) => file.channels));
  for (const channel of channels) {
    const groups = rules.channels.get(channel)?.promoters;
    if (groups === undefined || rules.bootstrap) continue;
    for (const person of promotersOf(question)) ask(person, { kind: "groups", groups });
  }
  const merger = facts.pullRequest.mergedBy;
  if (rules.bootstrap && merger !== undefined) roles.set(loginKey(merger.login), merger.login);
  return { teams: [...teams.values()], roles: [...roles.values()] };

  function ask({ login, id }: Pick<Account, "login" | "id">, from: Approvers): void {
    if (from.kind === "role") {
      roles.set(loginKey(login), login);
      return;
    }
    const groups = groupsOf(from.groups, owners);
    const isNamed = groups.some(({ people }) =>
      people.some((named) =>
        named.id === undefined ? loginKey(named.login) === loginKey(login) : named.id === id,
      ),
    );
    if (isNamed) return;
    for (const team of groups.flatMap((group) => group.teams))
      teams.set(memberKey(team, login), { team, login });
  }
}

function promotersOf({ facts }: ApprovalQuestion): readonly Account[] {
  return [facts.pullRequest.author, facts.ours?.requester].flatMap((account) =>
    account?.kind === "person" ? [account] : [],
  );
}
