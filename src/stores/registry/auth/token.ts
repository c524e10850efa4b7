import type { Scope } from "../call.ts";
import { basicAuthorization, type FoundCredential } from "./credential.ts";
import type { SendSideRequest, SideRequest, SideResponse } from "./side-request.ts";
import { readTokenReply, type TokenAnswer } from "./token-reply.ts";

/** What a challenge and a call say of the token that is needed. */
export interface TokenWish {
  readonly realm: URL;
  readonly service: string | undefined;
  /** Sorted and merged, see `scopeTexts`. */
  readonly scopes: readonly string[];
  /** Undefined: anonymous. */
  readonly found: FoundCredential | undefined;
}

const CLIENT_ID = "waybill";

/**
 * Writes scopes as the token specification has them, one text a repository, actions merged, all sorted, so that one
 * set of needs is one token.
 */
export function scopeTexts(scopes: readonly Scope[]): readonly string[] {
  const actions = new Map<string, Set<string>>();
  for (const scope of scopes) {
    const known = actions.get(scope.repository) ?? new Set();
    scope.actions.forEach((action) => known.add(action));
    actions.set(scope.repository, known);
  }
  return [...actions]
    .map(([repository, all]) => `repository:${repository}:${[...all].toSorted().join(",")}`)
    .toSorted();
}

/** Asks for one token: a refresh token by POST (by GET where the endpoint knows no POST), a password by GET. */
export async function askForToken(
  wish: TokenWish,
  send: SendSideRequest,
  now: () => number,
): Promise<TokenAnswer> {
  const identity = wish.found?.credential.kind === "identity" ? wish.found.credential : undefined;
  if (identity === undefined) return read(await send(getRequest(wish)), now());
  const answer = await send(postRequest(wish, identity.token));
  if (answer.status !== 404 && answer.status !== 405) return read(answer, now());
  return read(await send(getRequest({ ...wish, found: undefined })), now());
}

function getRequest(wish: TokenWish): SideRequest {
  const url = new URL(wish.realm);
  if (wish.service !== undefined) url.searchParams.set("service", wish.service);
  for (const scope of wish.scopes) url.searchParams.append("scope", scope);
  const headers: Record<string, string> = { accept: "application/json" };
  if (wish.found?.credential.kind === "password") {
    const { user, secret } = wish.found.credential;
    url.searchParams.set("account", user);
    headers["authorization"] = basicAuthorization(user, secret);
  }
  return { url, method: "GET", headers, body: undefined };
}

function postRequest(wish: TokenWish, token: string): SideRequest {
  const form = new URLSearchParams({ grant_type: "refresh_token", client_id: CLIENT_ID });
  if (wish.service !== undefined) form.set("service", wish.service);
  if (wish.scopes.length > 0) form.set("scope", wish.scopes.join(" "));
  form.set("refresh_token", token);
  return {
    url: wish.realm,
    method: "POST",
    headers: {
      accept: "application/json",
      "content-type": "application/x-www-form-urlencoded",
    },
    body: form.toString(),
  };
}

function read(answer: SideResponse, now: number): TokenAnswer {
  if (answer.status !== 200)
    return { kind: "refused", clause: `answered ${answer.status}`, body: answer.body };
  const token = readTokenReply(answer.body, now);
  if (typeof token === "string")
    return { kind: "refused", clause: `cannot be understood: ${token}`, body: "" };
  return { kind: "token", ...token };
}
