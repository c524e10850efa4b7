import type { Account } from "#model";

/** An account as the REST API tells it; null where it is gone. */
export interface RestAccount {
  readonly login: string;
  readonly id: number;
  readonly type?: string;
}

/** An account as GraphQL tells it, read with `ACTOR_FIELDS`. */
export interface GraphAccount {
  readonly __typename: string;
  readonly login: string;
  readonly databaseId?: number | null;
}

/** What a GraphQL query asks of an Actor. */
export const ACTOR_FIELDS = `__typename login
  ... on User { databaseId } ... on Bot { databaseId }
  ... on Organization { databaseId } ... on Mannequin { databaseId }`;

/** Reads an account of the REST API. */
export function restAccount(account: RestAccount | null | undefined): Account | undefined {
  if (account === null || account === undefined) return undefined;
  return {
    login: account.login,
    id: account.id,
    kind: kindOf(account.type ?? "User", account.login),
  };
}

/** Reads an account of GraphQL, which leaves out the `[bot]` that REST puts after a bot's login. */
export function graphAccount(account: GraphAccount | null | undefined): Account | undefined {
  if (account === null || account === undefined) return undefined;
  const { __typename: type, databaseId } = account;
  const suffix = type === "Bot" && !account.login.endsWith("[bot]") ? "[bot]" : "";
  const login = `${account.login}${suffix}`;
  return { login, id: databaseId ?? undefined, kind: kindOf(type, login) };
}

function kindOf(type: string, login: string): Account["kind"] {
  if (type === "Bot" || login.endsWith("[bot]")) return "bot";
  return type === "User" ? "person" : "other";
}
