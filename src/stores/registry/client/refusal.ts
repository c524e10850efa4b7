import type { Digest } from "#model";
import { StoreError } from "../../store-error.ts";
import type { RegistryAnswer } from "../call.ts";
import type { Client } from "./client.ts";
import { explain } from "./harbor.ts";
import { readProblem, type Problem } from "./problem.ts";

/** Answers by which a registry says no to a write, and that `refusal` can put into words. */
export const REFUSALS = [400, 403, 404, 405, 409, 411, 412, 413, 415, 422, 501] as const;

const NO_RIGHT: ReadonlySet<string> = new Set(["UNAUTHORIZED", "DENIED"]);

/**
 * Reads a 404 to its end. Some registries give it to whoever lacks the right, and say so in its code: that is no
 * absence (promise 3), and thrown; `doing` as of `refusal`.
 */
export async function readAbsence(
  client: Client,
  answer: RegistryAnswer,
  doing: string,
  digest?: Digest,
): Promise<undefined> {
  const problem = await readProblem(answer);
  if (problem.codes.some((code) => NO_RIGHT.has(code)))
    throw refusalOf(client, problem, doing, digest);
  return undefined;
}

/** Turns a no into the error that a person gets; `doing` continues "HOST will not": "take the blob sha256:…". */
export async function refusal(
  client: Client,
  answer: RegistryAnswer,
  doing: string,
  digest?: Digest,
): Promise<StoreError> {
  return refusalOf(client, await readProblem(answer), doing, digest);
}

/** The same for a problem that was already read. */
export function refusalOf(
  client: Client,
  problem: Problem,
  doing: string,
  digest?: Digest,
): StoreError {
  const { code, because, hint } = explain(client, problem);
  const said = problem.text === "" ? "" : ` (it says: ${problem.text})`;
  return new StoreError({
    code,
    message: `${client.repository} will not ${doing}: ${because}${said}`,
    hint,
    repository: client.repository,
    digest,
  });
}

/** The error of an answer that the protocol does not know. */
export function invalidAnswer(client: Client, what: string, digest?: Digest): StoreError {
  return new StoreError({
    code: "invalid-answer",
    message: `${client.repository} answered against the protocol: ${what}`,
    repository: client.repository,
    digest,
    retryable: false,
  });
}
