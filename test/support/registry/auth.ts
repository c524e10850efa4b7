import { errorAnswer, textAnswer, type Answer } from "./answer.ts";
import type { BasicOptions, BearerOptions } from "./auth-options.ts";
import type { Context, Exchange } from "./context.ts";
import { TOKEN_PATH } from "./route.ts";
import { granted, needs, satisfies, type Access } from "./scope.ts";
import { basicCaller, scopeText } from "./tokens.ts";

/** The `service` of the double's challenges. */
const SERVICE = "registry.double";

function realmOf(context: Context, auth: BearerOptions): string {
  const realm = auth.realm ?? "same";
  switch (realm) {
    case "same":
      return `${context.origins.registry}${TOKEN_PATH}`;
    case "other-host":
      return `${context.origins.token}${TOKEN_PATH}`;
    case "relative":
      return TOKEN_PATH;
    default:
      return realm.href;
  }
}

type Challenge = Readonly<Record<string, string | readonly string[]>>;

interface Ask {
  readonly access: readonly Access[];
  readonly error: string | undefined;
}

function bearerChallenge(context: Context, auth: BearerOptions, ask: Ask): string {
  const scope = scopeText(ask.access);
  const params = [
    `realm="${realmOf(context, auth)}"`,
    `service="${SERVICE}"`,
    ...(scope === "" || auth.challenge === "no-scope" ? [] : [`scope="${scope}"`]),
    ...(ask.error === undefined ? [] : [`error="${ask.error}"`]),
  ];
  return auth.challenge === "odd-case"
    ? `bEARER ${params
        .toReversed()
        .map((item) => item.replace(/^[a-z]+/u, (name) => name.toUpperCase()))
        .map((item) => (item.startsWith("SERVICE") ? item.replaceAll('"', "") : item))
        .join(" ,  ")}`
    : `Bearer ${params.join(",")}`;
}

function challengeHeader(context: Context, exchange: Exchange, ask: Ask): Challenge {
  const { auth } = context.behaviour;
  if (auth.kind !== "bearer") {
    const bare = auth.kind === "basic" && auth.challenge === "bare";
    return { "WWW-Authenticate": bare ? "Basic" : 'Basic realm="double"' };
  }
  const bearer = bearerChallenge(context, auth, ask);
  const basic = 'Basic realm="a realm, with a comma", charset="UTF-8"';
  switch (auth.challenge ?? "plain") {
    case "plain":
    case "no-scope":
    case "odd-case":
      return { "WWW-Authenticate": bearer };
    case "many-headers":
      return { "WWW-Authenticate": [basic, bearer] };
    case "many-in-one":
      return { "WWW-Authenticate": `${basic}, ${bearer}` };
    case "negotiate-first":
      return { "WWW-Authenticate": ["Negotiate", "X-Unknown dG9rZW42OA==", bearer] };
    case "ping-only":
      return exchange.record.kind === "ping" ? { "WWW-Authenticate": bearer } : {};
  }
}

function unauthorized(context: Context, exchange: Exchange, ask: Ask): Answer {
  const message = "authentication required";
  const detail = ask.access.map(({ type, name, actions }) => ({ type, name, actions }));
  const entry = { code: "UNAUTHORIZED", message, detail } as const;
  return errorAnswer(401, entry, challengeHeader(context, exchange, ask));
}

function denied(): Answer {
  const message = "requested access to the resource is denied";
  return errorAnswer(403, { code: "DENIED", message });
}

function guardBearer(
  context: Context,
  auth: BearerOptions,
  exchange: Exchange,
): Answer | undefined {
  const { deleteAction = "delete", cancelAction = "push" } = auth;
  const access = needs(exchange, { deleteAction, cancelAction });
  const header = exchange.record.headers["authorization"] ?? "";
  const offersBasic = auth.challenge === "many-headers" || auth.challenge === "many-in-one";
  if (offersBasic && /^basic\s/iu.test(header)) {
    return guardBasic(context, auth, exchange);
  }
  const value = /^bearer\s+(\S+)$/iu.exec(header)?.[1];
  const token = value === undefined ? undefined : context.tokens.use(value);
  if (token === undefined) {
    const error = value === undefined ? undefined : "invalid_token";
    return unauthorized(context, exchange, { access, error });
  }
  if (token.access.length > (auth.maxScopes ?? Infinity)) {
    return textAnswer(400, "<html>400 Request Header Or Cookie Too Large</html>\n", "text/html");
  }
  if (satisfies(token.access, access)) {
    return undefined;
  }
  return auth.insufficient === "forbidden"
    ? denied()
    : unauthorized(context, exchange, { access, error: "insufficient_scope" });
}

function guardBasic(
  context: Context,
  auth: BasicOptions | BearerOptions,
  exchange: Exchange,
): Answer | undefined {
  const access = needs(exchange, { deleteAction: "delete", cancelAction: "push" });
  const caller = basicCaller(exchange.record.headers["authorization"], auth.users);
  if (caller === undefined || caller === "refused" || caller.user === undefined) {
    return unauthorized(context, exchange, { access, error: undefined });
  }
  const held = granted(auth.users?.[caller.user]?.grants, access);
  return satisfies(held, access) ? undefined : denied();
}

/** The refusal of a request whose credentials do not do, or undefined where they do. */
export function guard(context: Context, exchange: Exchange): Answer | undefined {
  const { auth } = context.behaviour;
  const { kind, listener } = exchange.record;
  // Other listeners and the storage know a request by its signed URL, not by credentials.
  // Harbor's own API takes none of the registry's tokens, and knows its callers by itself.
  if (kind === "api" || kind === "token" || kind === "redirected" || listener !== "registry") {
    return undefined;
  }
  switch (auth.kind) {
    case "none":
      return undefined;
    case "basic":
      return guardBasic(context, auth, exchange);
    case "bearer":
      return guardBearer(context, auth, exchange);
  }
}
