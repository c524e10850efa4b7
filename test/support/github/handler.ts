import type { FakeGitHub } from "./github.ts";
import type { Json } from "./json.ts";
import type { FakeApp, FakeRepository, FakeToken } from "./state.ts";

/** One request that passed authentication, rights and the description. */
export interface ApiCall {
  readonly github: FakeGitHub;
  readonly operation: string;
  readonly parts: ReadonlyMap<string, string>;
  readonly query: URLSearchParams;
  readonly body: Json;
  /** Undefined: nobody; or the App itself, by its JWT. */
  readonly token: FakeToken | undefined;
  readonly app: FakeApp | undefined;
  /** The repository in the path; operations without one must not ask. */
  readonly repository: FakeRepository;
}

/** What a handler answers. A listing is cut into pages by whoever sends it. */
export type ApiAnswer =
  | { readonly status: number; readonly body?: unknown; readonly location?: string }
  | { readonly list: readonly unknown[]; readonly under?: string };

export type Handler = (call: ApiCall) => ApiAnswer | Promise<ApiAnswer>;

/** An answer that is a refusal. */
export class ApiRefusal extends Error {
  readonly status: number;
  readonly body: Json;

  constructor(status: number, message: string, more: Json = {}) {
    super(message);
    this.status = status;
    this.body = {
      message,
      documentation_url: "https://docs.github.com/rest",
      status: String(status),
      ...more,
    };
  }
}

export function notFound(): ApiRefusal {
  return new ApiRefusal(404, "Not Found");
}

export function invalid(message: string, errors: readonly unknown[] = []): ApiRefusal {
  return new ApiRefusal(422, message, { errors });
}

export function part(call: ApiCall, name: string): string {
  const text = call.parts.get(name);
  if (text === undefined) throw new Error(`${call.operation} has no ${name} in its path`);
  return text;
}

export function number(call: ApiCall, name: string): number {
  return Number(part(call, name));
}

export function text(call: ApiCall, name: string): string | undefined {
  const value = call.body[name];
  return typeof value === "string" ? value : undefined;
}

export function actor(call: ApiCall): FakeToken {
  if (call.token === undefined) throw new ApiRefusal(401, "Requires authentication");
  return call.token;
}
