/**
 * What a delivery says to do: who and where, and nothing else of it. An event is only a hint; what is true is read from
 * git and the API when the job runs, so that an old, late or repeated one does no harm (threat 10).
 */
export type Hint =
  /** Look at an open pull request. */
  | { readonly kind: "request"; readonly repository: string; readonly pr: number }
  /** A comment on one, which may be a command. */
  | {
      readonly kind: "comment";
      readonly repository: string;
      readonly pr: number;
      readonly comment: number;
    }
  | { readonly kind: "closed"; readonly repository: string; readonly pr: number }
  /** A group of the merge queue. */
  | {
      readonly kind: "group";
      readonly repository: string;
      readonly pr: number;
      readonly head: string;
      readonly base: string;
      readonly reference: string;
    }
  /** The default branch moved, so that what was planned on it is stale. */
  | { readonly kind: "pushed"; readonly repository: string }
  /** Somebody pressed a button of a check that we made. */
  | { readonly kind: "again"; readonly repository: string; readonly head: string }
  /** The App was taken out of a repository. */
  | { readonly kind: "removed"; readonly repository: string };

/** A delivery as it concerns us. */
export type Read =
  | { readonly kind: "work"; readonly hints: readonly Hint[] }
  | { readonly kind: "ignored"; readonly reason: Reason };

export type Reason =
  | "ping"
  | "event" // none that we listen to
  | "action" // of an event that we listen to, but nothing that concerns us
  | "other-host"
  | "other-repository" // not on the operator's list
  | "other-base"
  | "other-app"
  | "bot" // a comment of an App
  | "shape"; // not what GitHub sends

/** What the bot is for, where the operator said so. */
export interface Scope {
  /** The App, so that buttons of others' checks are none of ours. */
  readonly appId: string;
  /** `https://github.com` */
  readonly server: string;
  /** Lower case; undefined: every repository that the App is installed in. */
  readonly repositories: ReadonlySet<string> | undefined;
}

/** The events that we listen to; what the App's manifest subscribes to, and what a sweep asks for again. */
export const EVENTS: ReadonlySet<string> = new Set([
  "pull_request",
  "pull_request_review",
  "issue_comment",
  "push",
  "check_run",
  "check_suite",
  "merge_group",
  "installation",
  "installation_repositories",
]);

const REQUEST_ACTIONS: ReadonlySet<string> = new Set([
  "opened",
  "synchronize",
  "reopened",
  "edited",
  "ready_for_review",
]);
const REVIEW_ACTIONS: ReadonlySet<string> = new Set(["submitted", "dismissed", "edited"]);

/** Reads a payload; never throws: every field of it may be missing or another kind of thing (issue 6 §6). */
export function readHint(event: string, payload: unknown, scope: Scope): Read {
  if (event === "ping") return ignored("ping");
  if (!EVENTS.has(event)) return ignored("event");
  if (event === "installation" || event === "installation_repositories") return removed(payload);
  const repository = repositoryIn(payload);
  if (repository === undefined) return ignored("shape");
  const outside = outsideOf(scope, repository, payload);
  if (outside !== undefined) return ignored(outside);
  const found = hintOf(event, { payload, repository, action: textAt(payload, "action"), scope });
  return typeof found === "string" ? ignored(found) : { kind: "work", hints: [found] };
}

interface Told {
  readonly payload: unknown;
  readonly repository: string;
  readonly action: string | undefined;
  readonly scope: Scope;
}

function hintOf(event: string, told: Told): Hint | Reason {
  switch (event) {
    case "pull_request":
      return ofRequest(told);
    case "pull_request_review":
      return REVIEW_ACTIONS.has(told.action ?? "") ? requestAt(told) : "action";
    case "issue_comment":
      return ofComment(told);
    case "push":
      return ofPush(told);
    case "merge_group":
      return ofGroup(told);
    case "check_run":
    case "check_suite":
      return ofCheck(event, told);
    default:
      return "event";
  }
}

function ofRequest(told: Told): Hint | Reason {
  const { payload, repository, action = "" } = told;
  const pr = numberAt(payload, "pull_request", "number");
  if (action === "closed" && pr !== undefined) return { kind: "closed", repository, pr };
  return REQUEST_ACTIONS.has(action) ? requestAt(told) : "action";
}

function requestAt({ payload, repository }: Told): Hint | Reason {
  const pr = numberAt(payload, "pull_request", "number");
  if (pr === undefined) return "shape";
  const base = textAt(payload, "pull_request", "base", "ref");
  const main = textAt(payload, "repository", "default_branch");
  // A pull request that was moved to another base is one of another base, whatever it was.
  if (base !== undefined && main !== undefined && base !== main) return "other-base";
  return { kind: "request", repository, pr };
}

function ofComment({ payload, repository, action }: Told): Hint | Reason {
  const isRequest = typeof at(payload, "issue", "pull_request") === "object";
  if (action !== "created" || !isRequest) return "action";
  if (textAt(payload, "comment", "user", "type") === "Bot") return "bot";
  // What it says is asked of GitHub when it is answered; a line that is no command is not worth the question.
  if (!/^\/waybill\b/.test(textAt(payload, "comment", "body") ?? "")) return "action";
  const pr = numberAt(payload, "issue", "number");
  const comment = numberAt(payload, "comment", "id");
  return pr === undefined || comment === undefined
    ? "shape"
    : { kind: "comment", repository, pr, comment };
}

function ofPush({ payload, repository }: Told): Hint | Reason {
  const main = textAt(payload, "repository", "default_branch");
  if (main === undefined || textAt(payload, "ref") !== `refs/heads/${main}`) return "other-base";
  return at(payload, "deleted") === true ? "action" : { kind: "pushed", repository };
}

function ofGroup({ payload, repository, action }: Told): Hint | Reason {
  if (action !== "checks_requested") return "action";
  const head = commitAt(payload, "merge_group", "head_sha");
  const base = commitAt(payload, "merge_group", "base_sha");
  const reference = textAt(payload, "merge_group", "head_ref") ?? "";
  const main = textAt(payload, "repository", "default_branch");
  if (main !== undefined && textAt(payload, "merge_group", "base_ref") !== `refs/heads/${main}`)
    return "other-base";
  const [, number] =
    /^refs\/heads\/gh-readonly-queue\/[\w./-]{1,200}\/pr-([1-9]\d{0,8})-[0-9a-f]{40,64}$/.exec(
      reference,
    ) ?? [];
  if (head === undefined || base === undefined || number === undefined) return "shape";
  return { kind: "group", repository, pr: Number(number), head, base, reference };
}

/** GitHub's own re-run link, or our button; a check says in its id which pull request it is of. */
function ofCheck(event: "check_run" | "check_suite", told: Told): Hint | Reason {
  const { payload, repository, action, scope } = told;
  if (action !== "rerequested" && action !== "requested_action") return "action";
  const app = at(payload, event, "app", "id");
  if (String(app) !== scope.appId) return "other-app";
  const [, pr] = /^pr\/([1-9]\d{0,8})\//.exec(textAt(payload, event, "external_id") ?? "") ?? [];
  if (pr !== undefined) return { kind: "request", repository, pr: Number(pr) };
  const head = commitAt(payload, event, "head_sha");
  return head === undefined ? "shape" : { kind: "again", repository, head };
}

/** Where the App was taken out; where it was put in, there is nothing to look at yet. */
function removed(payload: unknown): Read {
  const gone =
    textAt(payload, "action") === "deleted"
      ? at(payload, "repositories")
      : at(payload, "repositories_removed");
  const names = (Array.isArray(gone) ? gone : []).flatMap((each: unknown) => nameIn(each) ?? []);
  return {
    kind: "work",
    hints: names.map((repository) => ({ kind: "removed", repository })),
  };
}

function outsideOf(
  { server, repositories }: Scope,
  repository: string,
  payload: unknown,
): Reason | undefined {
  if (repositories?.has(repository.toLowerCase()) === false) return "other-repository";
  const page = textAt(payload, "repository", "html_url");
  const origin = page === undefined ? undefined : URL.parse(page)?.origin;
  return origin === undefined || origin === new URL(server).origin ? undefined : "other-host";
}

function repositoryIn(payload: unknown): string | undefined {
  return nameIn(at(payload, "repository"));
}

/** `OWNER/NAME` becomes the name of a folder: nothing else passes. */
function nameIn(repository: unknown): string | undefined {
  const name = textAt(repository, "full_name") ?? "";
  const isName = /^[A-Za-z0-9][A-Za-z0-9_-]{0,99}\/[A-Za-z0-9._-]{1,100}$/.test(name);
  return isName && !/\/\.+$/.test(name) ? name : undefined;
}

function at(value: unknown, ...path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, name))
      return undefined;
    found = new Map<string, unknown>(Object.entries(found)).get(name);
  }
  return found;
}

function textAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = at(value, ...path);
  return typeof found === "string" ? found : undefined;
}

function numberAt(value: unknown, ...path: readonly string[]): number | undefined {
  const found = at(value, ...path);
  return typeof found === "number" && Number.isSafeInteger(found) && found > 0 ? found : undefined;
}

function commitAt(value: unknown, ...path: readonly string[]): string | undefined {
  const found = textAt(value, ...path) ?? "";
  return /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(found) ? found : undefined;
}

function ignored(reason: Reason): Read {
  return { kind: "ignored", reason };
}
