import {
  actor,
  ApiRefusal,
  invalid,
  notFound,
  number,
  part,
  text,
  type ApiCall,
  type Handler,
} from "./handler.ts";
import { checkJson, fullName, statusJson, type Json } from "./json.ts";
import type { FakeCheck, FakeStatus } from "./state.ts";

export const CHECK_HANDLERS: Readonly<Record<string, Handler>> = {
  "checks/create": create,
  "checks/get": (call) => ({ status: 200, body: json(call, check(call)) }),
  "checks/update": (call) => {
    const found = check(call);
    if (found.app.id !== actor(call).app?.id) {
      throw new ApiRefusal(403, "Resource not accessible by integration");
    }
    change(call, found);
    return { status: 200, body: json(call, found) };
  },
  "checks/list-annotations": (call) => ({ list: check(call).annotations }),
  "checks/list-for-ref": async (call) => {
    const commit = await resolved(call, part(call, "ref"));
    const { query, repository } = call;
    const name = query.get("check_name");
    const all = [...repository.checks.values()]
      .filter((one) => one.commit === commit && (name === null || one.name === name))
      .toSorted((a, b) => b.id - a.id);
    // "latest" shows one run of each name and App.
    const seen = new Set<string>();
    const shown = all.filter((one) => {
      const key = `${one.app.id} ${one.name}`;
      const isLater = query.get("filter") === "all" || !seen.has(key);
      seen.add(key);
      return isLater;
    });
    return { list: shown.map((one) => json(call, one)), under: "check_runs" };
  },
  "repos/create-commit-status": async (call) => {
    const commit = await resolved(call, part(call, "sha"));
    const status: FakeStatus = {
      commit,
      context: text(call, "context") ?? "default",
      state: text(call, "state") ?? "",
      description: text(call, "description") ?? null,
      targetUrl: text(call, "target_url") ?? null,
      by: actor(call).account,
      at: call.github.time(),
    };
    const { statuses } = call.repository;
    const same = statuses.filter((one) => one.commit === commit && one.context === status.context);
    if (same.length >= 1000)
      throw invalid("This SHA and context has reached the maximum number of statuses.");
    statuses.push(status);
    return { status: 201, body: statusJson(status, statuses.length) };
  },
  "repos/get-combined-status-for-ref": async (call) => {
    const commit = await resolved(call, part(call, "ref"));
    const newest = new Map<string, FakeStatus>();
    for (const one of call.repository.statuses)
      if (one.commit === commit) newest.set(one.context, one);
    const states = [...newest.values()].map(({ state }) => state);
    const bad = states.some((state) => state === "failure" || state === "error");
    const good = states.length > 0 && states.every((state) => state === "success");
    const statuses = [...newest.values()].map((one, index) => {
      const { creator: _, ...shown } = statusJson(one, index + 1);
      return shown;
    });
    const body = {
      state: bad ? "failure" : good ? "success" : "pending",
      sha: commit,
      total_count: states.length,
      statuses,
    };
    return { status: 200, body };
  },
};

async function create(call: ApiCall): Promise<Awaited<ReturnType<Handler>>> {
  const { app } = actor(call);
  if (app === undefined) throw new ApiRefusal(403, "You must authenticate via a GitHub App.");
  const made: FakeCheck = {
    id: call.github.nextId(),
    name: text(call, "name") ?? "",
    commit: await resolved(call, text(call, "head_sha") ?? ""),
    app,
    externalId: "",
    detailsUrl: undefined,
    status: "queued",
    conclusion: null,
    startedAt: call.github.time(),
    completedAt: null,
    title: null,
    summary: null,
    text: null,
    annotations: [],
    actions: [],
  };
  change(call, made);
  call.repository.checks.set(made.id, made);
  return { status: 201, body: json(call, made) };
}

/** Annotations of an update are added to those that are there. */
function change(call: ApiCall, found: FakeCheck): void {
  found.externalId = text(call, "external_id") ?? found.externalId;
  found.detailsUrl = text(call, "details_url") ?? found.detailsUrl;
  found.status = text(call, "status") ?? found.status;
  const conclusion = text(call, "conclusion");
  if (conclusion !== undefined) {
    found.conclusion = conclusion;
    found.status = "completed";
    found.completedAt = call.github.time();
  }
  if (Array.isArray(call.body["actions"])) found.actions = call.body["actions"];
  const output = call.body["output"];
  if (typeof output !== "object" || output === null) return;
  const fields: Json = Object.fromEntries(Object.entries(output));
  found.title = typeof fields["title"] === "string" ? fields["title"] : found.title;
  found.summary = typeof fields["summary"] === "string" ? fields["summary"] : found.summary;
  found.text = typeof fields["text"] === "string" ? fields["text"] : found.text;
  if (Array.isArray(fields["annotations"])) found.annotations.push(...fields["annotations"]);
}

function check(call: ApiCall): FakeCheck {
  const found = call.repository.checks.get(number(call, "check_run_id"));
  if (found === undefined) throw notFound();
  return found;
}

function json(call: ApiCall, found: FakeCheck): unknown {
  return checkJson(call.repository, found, call.github.places);
}

async function resolved({ repository }: ApiCall, ref: string): Promise<string> {
  const commit = await repository.git.head(ref);
  if (commit === undefined)
    throw invalid(`No commit found for SHA: ${ref} in ${fullName(repository)}`);
  return commit;
}
