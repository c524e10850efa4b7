import type { Exchange } from "./context.ts";
import type { Grant } from "./auth-options.ts";

/** One thing to be allowed: an action on a repository, or the whole catalog. */
export interface Access {
  readonly type: "registry" | "repository";
  readonly name: string;
  readonly actions: readonly string[];
}

/** The access as the token protocol writes it, `repository:a/b:pull,push`. */
export function formatScope({ type, name, actions }: Access): string {
  return `${type}:${name}:${actions.join(",")}`;
}

/** Reads a scope; undefined where it has no three parts. The name may hold a colon (a port). */
export function parseScope(text: string): Access | undefined {
  const match = /^(registry|repository)(?:\([^)]*\))?:(.+):([^:]*)$/u.exec(text);
  const [, type, name, actions] = match ?? [];
  if ((type !== "registry" && type !== "repository") || name === undefined) {
    return undefined;
  }
  return { type, name, actions: (actions ?? "").split(",").filter((action) => action !== "") };
}

function covers(pattern: string, name: string): boolean {
  return pattern.endsWith("*") ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

function allows(held: Access, action: string): boolean {
  return held.actions.includes(action) || held.actions.includes("*");
}

/** Whether what is held allows all that is wanted. */
export function satisfies(held: readonly Access[], wanted: readonly Access[]): boolean {
  return wanted.every((want) =>
    want.actions.every((action) =>
      held.some(
        (have) => have.type === want.type && have.name === want.name && allows(have, action),
      ),
    ),
  );
}

/** The part of the wanted access that the grants give; undefined grants give all. */
export function granted(
  grants: readonly Grant[] | undefined,
  wanted: readonly Access[],
): readonly Access[] {
  return wanted.map((want) => ({
    ...want,
    actions: want.actions.filter(
      (action) =>
        grants === undefined ||
        grants.some(
          (grant) =>
            covers(grant.repository, want.name) &&
            (grant.actions.some((item) => item === action) || grant.actions.includes("*")),
        ),
    ),
  }));
}

/** Which actions the parts of the API need, where registries differ. */
export interface NeedRules {
  readonly deleteAction: string;
  readonly cancelAction: string;
}

function actionsOf(exchange: Exchange, rules: NeedRules): readonly string[] {
  const { kind, method } = exchange.record;
  switch (method) {
    case "GET":
    case "HEAD":
      return ["pull"];
    case "DELETE":
      return [kind === "upload" ? rules.cancelAction : rules.deleteAction];
    default:
      return ["pull", "push"];
  }
}

/** The access a request needs; a mount needs pull on `from` in the same token. */
export function needs(exchange: Exchange, rules: NeedRules): readonly Access[] {
  const { kind, repository, query } = exchange.record;
  if (kind === "catalog") {
    return [{ type: "registry", name: "catalog", actions: ["*"] }];
  }
  if (repository === undefined) {
    return [];
  }
  const own: Access = {
    type: "repository",
    name: repository,
    actions: actionsOf(exchange, rules),
  };
  const from = kind === "upload" && query.has("mount") ? query.get("from") : null;
  return from === null || from === repository
    ? [own]
    : [own, { type: "repository", name: from, actions: ["pull"] }];
}
