import { errorAnswer, jsonAnswer, type Answer } from "./answer.ts";
import type { BearerOptions, TokenAsked } from "./auth-options.ts";
import type { Context, Exchange } from "./context.ts";
import { formatScope, granted, parseScope, type Access } from "./scope.ts";

/** A token given out. */
export interface Token {
  readonly value: string;
  readonly user: string | undefined;
  readonly access: readonly Access[];
  readonly expiresAt: number;
  usesLeft: number;
}

/** The tokens given out, and the log of who asked. */
export class Tokens {
  readonly asked: TokenAsked[] = [];
  readonly #tokens: Map<string, Token> = new Map();

  /** Remembers a token. */
  add(token: Token): void {
    this.#tokens.set(token.value, token);
  }

  /** Takes one use of a token; undefined where it is unknown, expired or used up. */
  use(value: string): Token | undefined {
    const token = this.#tokens.get(value);
    if (token === undefined || token.usesLeft <= 0 || token.expiresAt <= Date.now()) {
      return undefined;
    }
    token.usesLeft -= 1;
    return token;
  }

  /** Makes every token given so far worthless. */
  expireAll(): void {
    this.#tokens.clear();
  }
}

/** Who asks, as far as the credentials tell. */
export type Caller = { readonly user: string | undefined } | "refused";

/** Reads an `Authorization: Basic` header against the users. */
export function basicCaller(
  header: string | undefined,
  users: BearerOptions["users"] = {},
): Caller | undefined {
  const match = /^basic\s+([A-Za-z0-9+/=_-]+)$/iu.exec(header ?? "");
  if (match?.[1] === undefined) {
    return undefined;
  }
  const text = Buffer.from(match[1], "base64").toString("utf8");
  const at = text.indexOf(":");
  const user = text.slice(0, at);
  const known =
    at > 0 && Object.hasOwn(users, user) && users[user]?.password === text.slice(at + 1);
  return known ? { user } : "refused";
}

interface Question {
  readonly method: string;
  readonly params: URLSearchParams;
  readonly caller: Caller;
}

function splitScopes(params: URLSearchParams): string[] {
  return params
    .getAll("scope")
    .flatMap((text) => text.split(" "))
    .filter((text) => text !== "");
}

function readScopes(auth: BearerOptions, scopes: readonly string[]): readonly string[] {
  switch (auth.scopesRead ?? "all") {
    case "all":
      return scopes;
    case "first":
      return scopes.slice(0, 1);
    case "last":
      return scopes.slice(-1);
  }
}

function formCaller(auth: BearerOptions, form: URLSearchParams): Caller {
  if (form.get("grant_type") === "refresh_token") {
    const user = auth.identityTokens?.[form.get("refresh_token") ?? ""];
    return user === undefined ? "refused" : { user };
  }
  const user = form.get("username") ?? "";
  const known = auth.users?.[user];
  return known !== undefined && known.password === form.get("password") ? { user } : "refused";
}

async function readQuestion(
  auth: BearerOptions,
  exchange: Exchange,
): Promise<Question | Answer | undefined> {
  const { method, query, headers } = exchange.record;
  if (method === "GET") {
    const caller = basicCaller(headers["authorization"], auth.users) ?? { user: undefined };
    return { method, params: query, caller };
  }
  if (method !== "POST" || auth.tokenPost === "get-only") {
    return errorAnswer(404, { code: "NOT_FOUND", message: "not found" });
  }
  const { bytes, complete } = await exchange.body();
  if (!complete) {
    return undefined;
  }
  const params = new URLSearchParams(bytes.toString("utf8"));
  return { method, params, caller: formCaller(auth, params) };
}

function issue(context: Context, auth: BearerOptions, question: Question): Token {
  const user = question.caller === "refused" ? undefined : question.caller.user;
  const grants = user === undefined ? (auth.anonymous ?? []) : auth.users?.[user]?.grants;
  const wanted = readScopes(auth, splitScopes(question.params))
    .map(parseScope)
    .filter((access) => access !== undefined);
  const told = auth.expiresIn === "omitted" ? undefined : auth.expiresIn;
  const token: Token = {
    value: context.nextId("token"),
    user,
    access: granted(grants, wanted),
    expiresAt: Date.now() + 1000 * (auth.lifetime ?? told ?? 60),
    usesLeft: auth.uses ?? Infinity,
  };
  context.tokens.add(token);
  return token;
}

function tokenDocument(auth: BearerOptions, token: Token): Record<string, unknown> {
  const field = auth.tokenField ?? "token";
  return {
    ...(field === "access_token" ? {} : { token: token.value }),
    ...(field === "token" ? {} : { access_token: token.value }),
    ...(auth.expiresIn === "omitted" ? {} : { expires_in: auth.expiresIn ?? 300 }),
    issued_at: auth.issuedAt ?? new Date().toISOString(),
  };
}

function decideToken(context: Context, auth: BearerOptions, question: Question): Answer {
  if (question.method === "POST" && !question.params.has("client_id")) {
    return jsonAnswer(400, { error: "invalid_request", error_description: "client_id missing" });
  }
  if (question.caller === "refused") {
    const message = "incorrect username or password";
    return errorAnswer(401, { code: "UNAUTHORIZED", message });
  }
  return jsonAnswer(200, tokenDocument(auth, issue(context, auth, question)));
}

/** The token endpoint: GET with Basic, or POST with a refresh token or password (OAuth 2). */
export async function tokenRequest(
  context: Context,
  exchange: Exchange,
): Promise<Answer | undefined> {
  const { auth } = context.behaviour;
  if (auth.kind !== "bearer") {
    return errorAnswer(404, { code: "NOT_FOUND", message: "not found" });
  }
  const question = await readQuestion(auth, exchange);
  if (question === undefined || "status" in question) {
    return question;
  }
  const answer = decideToken(context, auth, question);
  const { params, method, caller } = question;
  context.tokens.asked.push({
    method,
    index: exchange.record.index,
    service: params.get("service") ?? undefined,
    scopes: splitScopes(params),
    grantType: params.get("grant_type") ?? undefined,
    clientId: params.get("client_id") ?? undefined,
    account: params.get("account") ?? undefined,
    user: caller === "refused" ? undefined : caller.user,
    status: answer.status,
  });
  return answer;
}

/** Scopes of the access, space-joined as a challenge has them. */
export function scopeText(access: readonly Access[]): string {
  return access.map(formatScope).join(" ");
}
