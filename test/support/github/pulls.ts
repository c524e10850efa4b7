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
import { commitJson, fullName, pullJson, reviewJson } from "./json.ts";
import type { FakePull } from "./state.ts";

export const PULL_HANDLERS: Readonly<Record<string, Handler>> = {
  "pulls/get": (call) => ({ status: 200, body: json(call, pull(call)) }),
  "pulls/list": list,
  "pulls/create": create,
  "pulls/update": update,
  "pulls/list-reviews": (call) => {
    const found = pull(call);
    const { github, repository } = call;
    return { list: found.reviews.map((one) => reviewJson(repository, found, one, github.places)) };
  },
  "pulls/create-review": async (call) => {
    const found = pull(call);
    const event = text(call, "event");
    const states = { APPROVE: "APPROVED", REQUEST_CHANGES: "CHANGES_REQUESTED" } as const;
    const by = actor(call).account.login;
    if (event === "APPROVE" && by === found.author.login) {
      throw invalid("Unprocessable Entity", ["Can not approve your own pull request"]);
    }
    const state = event === "APPROVE" || event === "REQUEST_CHANGES" ? states[event] : "COMMENTED";
    const commit = text(call, "commit_id");
    const review = call.github.review(found.number, {
      by,
      state,
      ...(commit !== undefined && { commit }),
      repository: fullName(call.repository),
    });
    return { status: 200, body: reviewJson(call.repository, found, review, call.github.places) };
  },
  "pulls/dismiss-review": (call) => {
    const found = pull(call);
    const review = call.github.dismiss(found.number, number(call, "review_id"));
    return { status: 200, body: reviewJson(call.repository, found, review, call.github.places) };
  },
  "pulls/list-commits": async (call) => {
    const oids = await call.github.commitsOf(call.repository, pull(call));
    // GitHub's REST API ends here, whatever the page.
    const shown = oids.slice(0, 250);
    return {
      list: await Promise.all(
        shown.map(async (oid) => commitJson(await call.repository.git.facts(oid))),
      ),
    };
  },
  "pulls/merge": async (call) => {
    const found = pull(call);
    const sha = text(call, "sha");
    if (sha !== undefined && sha !== found.head.commit) {
      throw new ApiRefusal(409, "Head branch was modified. Review and try the merge again.");
    }
    const method = text(call, "merge_method");
    const commit = await call.github.merge(found.number, {
      by: actor(call).account.login,
      method: method === "squash" || method === "rebase" ? method : "merge",
      repository: fullName(call.repository),
    });
    return {
      status: 200,
      body: { sha: commit, merged: true, message: "Pull Request successfully merged" },
    };
  },
  "repos/list-pull-requests-associated-with-commit": async (call) => {
    const oid = part(call, "commit_sha");
    const { repository, github } = call;
    if ((await repository.git.head(oid)) === undefined) {
      throw invalid(`No commit found for SHA: ${oid}`);
    }
    const found: FakePull[] = [];
    for (const one of repository.pulls.values()) {
      const commits = await github.commitsOf(repository, one);
      if (one.merged?.commit === oid || commits.includes(oid)) found.push(one);
    }
    return { list: found.map((one) => pullJson(repository, one, github.places)) };
  },
};

function pull(call: ApiCall): FakePull {
  const found = call.repository.pulls.get(number(call, "pull_number"));
  if (found === undefined) throw notFound();
  return found;
}

function json(call: ApiCall, found: FakePull): unknown {
  return pullJson(call.repository, found, call.github.places);
}

function list(call: ApiCall): ReturnType<Handler> {
  const { query, repository } = call;
  const state = query.get("state") ?? "open";
  const head = query.get("head") ?? "";
  // GitHub ignores a head that is no OWNER:BRANCH.
  const owner = head.includes(":") ? head.slice(0, head.indexOf(":")) : undefined;
  const branch = head.slice(head.indexOf(":") + 1);
  const base = query.get("base");
  const found = [...repository.pulls.values()]
    .filter((one) => state === "all" || one.state === state)
    .filter(
      (one) =>
        owner === undefined || (one.head.repository.owner === owner && one.head.branch === branch),
    )
    .filter((one) => base === null || one.base.branch === base)
    .toSorted((a, b) => b.number - a.number);
  return { list: found.map((one) => json(call, one)) };
}

async function create(call: ApiCall): Promise<Awaited<ReturnType<Handler>>> {
  const head = text(call, "head") ?? "";
  const made = await call.github.openPull({
    repository: fullName(call.repository),
    head,
    base: text(call, "base") ?? "",
    author: actor(call).account.login,
    title: text(call, "title") ?? "",
    body: text(call, "body") ?? "",
    draft: call.body["draft"] === true,
  });
  return { status: 201, body: json(call, made) };
}

function update(call: ApiCall): ReturnType<Handler> {
  const found = pull(call);
  const { github } = call;
  const state = text(call, "state");
  if (state === "open" && found.state === "closed") {
    if (found.merged !== undefined || found.forGood) {
      throw invalid("Validation Failed", [
        {
          resource: "PullRequest",
          field: "state",
          code: "invalid",
          message: "state cannot be changed. The head branch was reset to its base.",
        },
      ]);
    }
    found.state = "open";
  }
  if (state === "closed") github.closePull(call.repository, found, actor(call).account);
  const title = text(call, "title");
  if (title !== undefined) found.title = title;
  const body = text(call, "body");
  if (body !== undefined) github.editBody(found.number, body, fullName(call.repository));
  found.updatedAt = github.time();
  return { status: 200, body: json(call, found) };
}
