import { actor, notFound, number, text, type ApiCall, type Handler } from "./handler.ts";
import { accountJson, commentJson, issueJson, pullAsIssueJson } from "./json.ts";
import type { FakeComment, FakeIssue } from "./state.ts";

export const CONVERSATION_HANDLERS: Readonly<Record<string, Handler>> = {
  "issues/list-comments": (call) => {
    const wanted = number(call, "issue_number");
    mustHave(call, wanted);
    const there = [...call.repository.comments.values()].filter((one) => one.number === wanted);
    const shown = there.filter(({ lag }) => lag === 0);
    for (const one of there) one.lag = Math.max(0, one.lag - 1);
    return { list: shown.map((one) => json(call, one)) };
  },
  "issues/get-comment": (call) => ({ status: 200, body: json(call, comment(call)) }),
  "issues/create-comment": (call) => {
    const wanted = number(call, "issue_number");
    mustHave(call, wanted);
    const made = call.github.addComment(call.repository, {
      number: wanted,
      by: actor(call).account,
      body: text(call, "body") ?? "",
    });
    return { status: 201, body: json(call, made) };
  },
  "issues/update-comment": (call) => {
    const found = comment(call);
    found.body = text(call, "body") ?? "";
    found.updatedAt = call.github.time();
    call.github.emit("issue_comment", {
      action: "edited",
      comment: json(call, found),
      repository: call.repository,
      sender: actor(call).account,
    });
    return { status: 200, body: json(call, found) };
  },
  "issues/delete-comment": (call) => {
    call.repository.comments.delete(comment(call).id);
    return { status: 204 };
  },
  "reactions/create-for-issue-comment": (call) => {
    const found = comment(call);
    const by = actor(call).account;
    const content = text(call, "content") ?? "";
    const already = found.reactions.some((one) => one.by === by.login && one.content === content);
    if (!already) found.reactions.push({ by: by.login, content });
    const body = {
      id: found.id * 10,
      content,
      user: accountJson(by),
      created_at: call.github.time(),
    };
    return { status: already ? 200 : 201, body };
  },
  "issues/get": (call) => ({ status: 200, body: issueOrPull(call, number(call, "issue_number")) }),
  "issues/list-for-repo": (call) => {
    const { query, repository, github } = call;
    const state = query.get("state") ?? "open";
    const creator = query.get("creator");
    const all = [
      ...[...repository.issues.values()].map((one) => ({
        one,
        json: issueJson(repository, one, github.places),
      })),
      ...[...repository.pulls.values()].map((one) => ({
        one,
        json: pullAsIssueJson(repository, one, github.places),
      })),
    ]
      .filter(({ one }) => state === "all" || one.state === state)
      .filter(({ one }) => creator === null || one.author.login === creator)
      .toSorted((a, b) => a.one.number - b.one.number);
    const inOrder = query.get("direction") === "asc" ? all : all.toReversed();
    return { list: inOrder.map(({ json: shown }) => shown) };
  },
  "issues/create": (call) => {
    const made: FakeIssue = {
      number: call.github.nextNumber(call.repository),
      author: actor(call).account,
      title: text(call, "title") ?? "",
      body: text(call, "body") ?? "",
      state: "open",
      createdAt: call.github.time(),
      updatedAt: call.github.time(),
    };
    call.repository.issues.set(made.number, made);
    return { status: 201, body: issueJson(call.repository, made, call.github.places) };
  },
  "issues/update": (call) => {
    const found = call.repository.issues.get(number(call, "issue_number"));
    if (found === undefined) throw notFound();
    const state = text(call, "state");
    if (state === "open" || state === "closed") found.state = state;
    found.title = text(call, "title") ?? found.title;
    found.body = text(call, "body") ?? found.body;
    found.updatedAt = call.github.time();
    return { status: 200, body: issueJson(call.repository, found, call.github.places) };
  },
};

function mustHave({ repository }: ApiCall, wanted: number): void {
  if (!repository.pulls.has(wanted) && !repository.issues.has(wanted)) throw notFound();
}

function comment(call: ApiCall): FakeComment {
  const found = call.repository.comments.get(number(call, "comment_id"));
  if (found === undefined) throw notFound();
  return found;
}

function json(call: ApiCall, found: FakeComment): unknown {
  return commentJson(call.repository, found, call.github.places);
}

function issueOrPull({ repository, github }: ApiCall, wanted: number): unknown {
  const issue = repository.issues.get(wanted);
  if (issue !== undefined) return issueJson(repository, issue, github.places);
  const pull = repository.pulls.get(wanted);
  if (pull === undefined) throw notFound();
  return pullAsIssueJson(repository, pull, github.places);
}
