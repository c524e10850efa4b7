import { StoreError, type StoreErrorCode } from "../../store-error.ts";
import type { RegistryCall } from "../call.ts";
import type { Outage } from "../limits/patience.ts";
import { ERROR_BODY_CAP, errorWords } from "./error-words.ts";
import type { Exchange } from "./exchange.ts";
import type { NetworkFault } from "./network-fault.ts";

/** What a call is about, for people: the repository, and the digest where there is one. */
function subjectOf({ repository, digest }: RegistryCall): string {
  return digest === undefined ? repository : `${repository}@${digest}`;
}

function init(request: RegistryCall): Pick<StoreError, "repository" | "digest"> {
  return { repository: request.repository, digest: request.digest };
}

/** The signal aborted, or the run ended, before the answer came. */
export function interruptedError(request: RegistryCall): StoreError {
  return new StoreError({
    ...init(request),
    code: "interrupted",
    message: `${subjectOf(request)}: interrupted before the ${request.method} was answered`,
    retryable: true,
  });
}

/** One exchange took longer than any may. */
export function overdueError(request: RegistryCall): StoreError {
  return new StoreError({
    ...init(request),
    code: "timeout",
    message: `${subjectOf(request)}: the answer to ${request.method} did not end in time`,
  });
}

/** A body over the caller's cap. */
export function tooLargeError(request: RegistryCall, cap: number): StoreError {
  return new StoreError({
    ...init(request),
    code: "too-large",
    message: `${subjectOf(request)}: the answer to ${request.method} is larger than ${cap} bytes`,
  });
}

/** The connection failed. */
export function networkError(request: RegistryCall, host: string, fault: NetworkFault): StoreError {
  return new StoreError({
    ...init(request),
    code: fault.code,
    message: `${subjectOf(request)}: ${host} ${fault.clause}`,
    hint: fault.hint,
    retryable: fault.lasts === "moment",
  });
}

/** The host is not asked, because a call before this one gave up on it. */
export function outageError(request: RegistryCall, host: string, outage: Outage): StoreError {
  return new StoreError({
    ...init(request),
    code: outage.code,
    message: `${subjectOf(request)}: not asked, for a moment ago ${host} ${outage.clause}`,
    hint: outage.hint,
  });
}

/** The registry led somewhere that we do not follow. */
export function misledError(request: RegistryCall, host: string, where: string): StoreError {
  return new StoreError({
    ...init(request),
    code: "invalid-answer",
    message: `${subjectOf(request)}: ${host} sends us ${where}; not followed`,
    hint: where.includes("blobRedirectHosts")
      ? "name the host under blobRedirectHosts of the registry, if it may serve its blobs"
      : undefined,
  });
}

/** What is said about a status that nobody expected. */
export interface Refusal {
  readonly host: string;
  readonly exchange: Exchange;
  /** Follows the status, where we know why. */
  readonly why?: string | undefined;
  readonly hint?: string | undefined;
  readonly retryable?: boolean | undefined;
}

/** Reads an answer that nobody expected into an error with the registry's own words. */
export async function statusError(request: RegistryCall, refusal: Refusal): Promise<StoreError> {
  const { host, exchange } = refusal;
  const words = await wordsOf(exchange);
  const why = [refusal.why, words === "" ? undefined : `"${words}"`];
  const clause = why.filter((part) => part !== undefined).join("; ");
  return new StoreError({
    ...init(request),
    code: codeOf(exchange.status),
    message: `${subjectOf(request)}: ${host} answered ${exchange.status} to ${request.method}${clause === "" ? "" : `: ${clause}`}`,
    hint: refusal.hint ?? hintOf(exchange.status, host),
    retryable: refusal.retryable,
  });
}

/** The words that a body carries; none where it cannot be read, for the status says enough. */
async function wordsOf(exchange: Exchange): Promise<string> {
  try {
    return errorWords(Buffer.from(await exchange.bytes(ERROR_BODY_CAP)).toString("utf8"));
  } catch (error) {
    if (error instanceof StoreError) return "";
    throw error;
  }
}

const BY_STATUS: ReadonlyMap<number, StoreErrorCode> = new Map([
  [401, "unauthorized"],
  [403, "forbidden"],
  [404, "not-found"],
  [405, "unsupported"],
  [408, "unavailable"],
  [409, "conflict"],
  [412, "conflict"],
  [413, "too-large"],
  [429, "rate-limited"],
  [501, "unsupported"],
  [505, "unsupported"],
]);

function codeOf(status: number): StoreErrorCode {
  const known = BY_STATUS.get(status);
  if (known !== undefined) return known;
  if (status >= 500) return "unavailable";
  return status >= 400 ? "refused" : "invalid-answer";
}

function hintOf(status: number, host: string): string | undefined {
  if (status === 403)
    return `the account used on ${host} may not do this: give it the right, or use another`;
  if (status === 405 || status === 501)
    return `${host} does not do this: see whether it, or a proxy before it, is set to read only`;
  return status === 429
    ? `set requestsPerSecond for ${host} in policies/registries.yaml`
    : undefined;
}
