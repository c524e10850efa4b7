import type { Approvers, NamedPerson, OwnerGroup, Owners, RepositoryRole } from "#model";
import { loginKey, memberKey, type ApprovalFacts } from "./question.ts";

/** Whether somebody is one of those who are asked; unknown names the rights that the token lacks. */
export type Membership =
  | { readonly kind: "in" }
  | { readonly kind: "out" }
  | { readonly kind: "unknown"; readonly rights: readonly string[] };

/** What is known of people, and the groups that policies name. */
export interface KnownPeople extends Pick<ApprovalFacts, "teams" | "roles"> {
  readonly owners: Owners | undefined;
}

/** An account as memberships see it. */
export interface Member {
  readonly login: string;
  readonly id: number | undefined;
}

/** Tells whether somebody's approval counts for those who are asked. */
export function approverIs(person: Member, from: Approvers, known: KnownPeople): Membership {
  switch (from.kind) {
    case "groups":
      return memberOfAny(person, groupsOf(from.groups, known.owners), known);
    case "role":
      return hasRole(known.roles.get(loginKey(person.login)), from.role);
  }
}

/** Tells whether an account, which may be an App, is in one of the groups. */
export function promoterIs(
  person: Member & { readonly isBot: boolean },
  groups: readonly string[],
  known: KnownPeople,
): Membership {
  const named = groupsOf(groups, known.owners);
  if (!person.isBot) return memberOfAny(person, named, known);
  const slug = loginKey(person.login).replace(/\[bot\]$/, "");
  return named.some(({ apps }) => apps.includes(slug)) ? { kind: "in" } : { kind: "out" };
}

/** The groups of those names; a name that no group has is nobody. */
export function groupsOf(
  names: readonly string[],
  owners: Owners | undefined,
): readonly OwnerGroup[] {
  return names.flatMap((name) => owners?.groups.get(name) ?? []);
}

/** Whether anybody but Apps could be in the groups. */
export function hasPeople(names: readonly string[], owners: Owners | undefined): boolean {
  return groupsOf(names, owners).some(({ people, teams }) => people.length + teams.length > 0);
}

function memberOfAny(
  person: Member,
  groups: readonly OwnerGroup[],
  { teams }: KnownPeople,
): Membership {
  if (groups.some(({ people }) => people.some((named) => isNamed(named, person))))
    return { kind: "in" };
  const asked = new Set(groups.flatMap((group) => group.teams));
  const rights: string[] = [];
  for (const team of asked) {
    const membership = teams.get(memberKey(team, person.login));
    if (membership?.kind === "member") return { kind: "in" };
    if (membership?.kind === "not-member") continue;
    rights.push(membership === undefined ? `the members of ${team}` : membership.right);
  }
  return rights.length === 0 ? { kind: "out" } : { kind: "unknown", rights };
}

/** A number alone decides where it is given; an account without a known number is then nobody. */
function isNamed({ login, id }: NamedPerson, person: Member): boolean {
  return id === undefined ? loginKey(login) === loginKey(person.login) : id === person.id;
}

const ROLES: Readonly<Record<"write" | "admin", ReadonlySet<RepositoryRole>>> = {
  write: new Set<RepositoryRole>(["write", "maintain", "admin"]),
  admin: new Set<RepositoryRole>(["admin"]),
};

function hasRole(role: RepositoryRole | undefined, asked: "write" | "admin"): Membership {
  if (role === undefined) return { kind: "unknown", rights: ["the roles of collaborators"] };
  return ROLES[asked].has(role) ? { kind: "in" } : { kind: "out" };
}
