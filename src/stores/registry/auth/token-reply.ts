/** A token and when to ask for the next one. */
export interface Token {
  readonly value: string;
  /** Milliseconds on the caller's monotonic clock. */
  readonly renewAt: number;
}

/** Why there is no token. */
export interface TokenRefusal {
  /** A clause that follows "the token service HOST". */
  readonly clause: string;
  readonly body: string;
}

export type TokenAnswer =
  | (Token & { readonly kind: "token" })
  | (TokenRefusal & { readonly kind: "refused" });

/** Shortest life of a token, whatever it says; the specification's own default. */
const FLOOR_S = 60;
const CEILING_S = 24 * 60 * 60;
/** A token is asked anew so long before its end, so that it does not expire on the way. */
const EARLY_S = 10;
const MAX_TOKEN = 64 * 1024;

/**
 * Reads a token endpoint's reply: `token` or `access_token`, `expires_in` in seconds from now. Its `issued_at` is not
 * looked at: clocks differ, and servers send it in the future and in the past. A string tells what is wrong.
 */
export function readTokenReply(body: string, now: number): Token | string {
  const reply = parseObject(body);
  if (reply === undefined) return "its answer is not a JSON object";
  const value = [reply["token"], reply["access_token"]].find(isText);
  if (value === undefined) return "its answer holds no token";
  if (value.length > MAX_TOKEN || !/^[\x21-\x7e]+$/.test(value)) return "its token is not one";
  const told = Number(reply["expires_in"] ?? FLOOR_S);
  const seconds = Math.min(CEILING_S, Math.max(FLOOR_S, Number.isFinite(told) ? told : FLOOR_S));
  return { value, renewAt: now + (seconds - EARLY_S) * 1000 };
}

function parseObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isRecord(value) ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}
