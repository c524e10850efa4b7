import type { FakeGitHub } from "./github.ts";
import type { FakeApp, FakeToken } from "./state.ts";

/** Who a request comes from. */
export interface Identity {
  readonly kind: "nobody" | "bad" | "token" | "app";
  readonly token: FakeToken | undefined;
  readonly app: FakeApp | undefined;
}

/** Reads an Authorization header: a token, an App's JWT, or git's Basic with a token as its password. */
export function identify(github: FakeGitHub, header: string | undefined): Identity {
  if (header === undefined) return { kind: "nobody", token: undefined, app: undefined };
  const [scheme = "", value = ""] = header.split(" ");
  const isBasic = scheme.toLowerCase() === "basic";
  const secret = isBasic
    ? Buffer.from(value, "base64").toString().split(":").slice(1).join(":")
    : value;
  const token = github.tokens.get(secret);
  if (token !== undefined) return { kind: "token", token, app: token.app };
  const app = secret.split(".").length === 3 ? github.appOfJwt(secret) : undefined;
  if (app !== undefined) return { kind: "app", token: undefined, app };
  return { kind: "bad", token: undefined, app: undefined };
}
