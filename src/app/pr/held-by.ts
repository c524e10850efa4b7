import type { Account, RepositoryRole } from "#model";
import type { Comment, Forge } from "#scm";
import { readCommand } from "../chat/command.ts";

/** Roles that may hold a pull request, and tell us to do something (decision 0018). */
const MAY: ReadonlySet<RepositoryRole> = new Set(["write", "maintain", "admin"]);

/**
 * Whether this account may write here now. The forge is asked for the name, and answers with the number of whom it means:
 * a name that somebody else took meanwhile is somebody else.
 */
export async function mayWrite(
  { people }: Pick<Forge, "people">,
  { login, id }: Account,
  signal: AbortSignal,
): Promise<boolean> {
  const { role, account } = await people.role(login, signal);
  const isSame = id === undefined || account?.id === undefined || account.id === id;
  return isSame && MAY.has(role);
}

/**
 * Who holds a pull request: the author of the newest `/waybill hold` or `/waybill unhold` by somebody who may write now, if
 * that is a hold (decision 0018). Comments that were edited and those of bots do not count; nobody is asked about twice.
 */
export async function heldBy(
  forge: Pick<Forge, "people">,
  comments: readonly Comment[],
  signal: AbortSignal,
): Promise<string | undefined> {
  const may = new Map<string, boolean>();
  for (const comment of comments.toReversed()) {
    const { author } = comment;
    const { kind } = readCommand(comment.body);
    if ((kind !== "hold" && kind !== "unhold") || !isPersons(comment) || author === undefined)
      continue;
    const key = `${author.login.toLowerCase()} ${author.id ?? ""}`;
    const known = may.get(key) ?? (await mayWrite(forge, author, signal));
    may.set(key, known);
    if (known) return kind === "hold" ? author.login : undefined;
  }
  return undefined;
}

/** Written by a person, and as it was created: what was edited may not be that person's word. */
export function isPersons({ author, createdAt, updatedAt }: Comment): boolean {
  return author?.kind === "person" && createdAt === updatedAt;
}
