import { describe, expect, it } from "vitest";
import { commandLines } from "../../src/action/command-lines.ts";
import type { JobEvent } from "../../src/action/event.ts";
import { InputError, readInputs, type Environment } from "../../src/action/inputs.ts";

const COMMIT = "0123456789012345678901234567890123456789";

interface Case {
  readonly env: Environment;
  readonly event?: Partial<JobEvent>;
}

function linesOf({ env, event = {} }: Case): readonly (readonly string[])[] {
  return commandLines({
    inputs: readInputs(env),
    event: {
      name: "pull_request",
      pullRequest: 7,
      isFork: false,
      groupBase: undefined,
      file: undefined,
      ...event,
    },
    planFile: "/t/plan.json",
    statementFile: "/t/statement.json",
    recordFile: "/t/record.json",
    records: ["/t/prod/record.json"],
  });
}

describe("the command lines that a step stands for", () => {
  it.for<readonly [string, Case, string]>([
    ["nothing said, on a pull request", { env: {} }, "--format=github plan --out=/t/plan.json"],
    [
      "nothing said, on a push",
      { env: {}, event: { name: "push" } },
      "--format=github plan --all --out=/t/plan.json",
    ],
    [
      "a group of a merge queue, which may hold several pull requests",
      { env: {}, event: { name: "merge_group", groupBase: COMMIT } },
      `--format=github plan --since=${COMMIT} --out=/t/plan.json`,
    ],
    [
      "a base of one's own",
      { env: { INPUT_SINCE: "origin/main", INPUT_DIRECTORY: "tree" } },
      "--directory=tree --format=github plan --since=origin/main --out=/t/plan.json",
    ],
    [
      "a comment, of which nothing comes near the line",
      {
        env: { INPUT_COMMAND: "chat" },
        event: { name: "issue_comment", isFork: true, file: "/t/event.json" },
      },
      "--format=github chat --event=/t/event.json",
    ],
    [
      "the plan that a comment asked for",
      { env: { INPUT_SINCE: "HEAD^1" }, event: { name: "issue_comment", isFork: true } },
      "--format=github plan --since=HEAD^1 --out=/t/plan.json",
    ],
    ["drift", { env: { INPUT_COMMAND: "drift" } }, "--format=github drift --out=/t/plan.json"],
    [
      "registries of its own",
      { env: { INPUT_COMMAND: "validate", INPUT_REGISTRIES: "r.yaml" } },
      "--registries=r.yaml --format=github validate",
    ],
    [
      "a value that looks like an option",
      { env: { INPUT_DIRECTORY: "--all" } },
      "--directory=--all --format=github plan --out=/t/plan.json",
    ],
    ["an approval", { env: { INPUT_COMMAND: "approval" } }, "--format=github approval --pr=7"],
    [
      "a report of the job that planned",
      { env: { INPUT_COMMAND: "report" } },
      "--format=github pr report --plan=/t/plan.json --statement=/t/statement.json --pr=7",
    ],
    [
      "a comment on a fork's pull request, whose token cannot write",
      { env: { INPUT_COMMENT: "true" }, event: { isFork: true } },
      "--format=github plan --out=/t/plan.json",
    ],
  ])("%s", ([, step, line]) => {
    expect(linesOf(step).map((words) => words.join(" "))).toEqual([line]);
  });

  it("are two where the comment is to be kept in the same step", () => {
    expect(linesOf({ env: { INPUT_COMMENT: "true" } }).map((words) => words[1])).toEqual([
      "plan",
      "pr",
    ]);
  });

  it("refuse an approval of an event that is about no pull request", () => {
    const event = { name: "push", pullRequest: undefined };
    expect(() => linesOf({ env: { INPUT_COMMAND: "approval" }, event })).toThrow(InputError);
  });

  it("refuse a chat without an event", () => {
    expect(() => linesOf({ env: { INPUT_COMMAND: "chat" } })).toThrow(InputError);
  });

  it.for<readonly [string, Environment]>([
    ["a command that there is not", { INPUT_COMMAND: "deploy" }],
    ["a property of every object", { INPUT_COMMAND: "constructor" }],
    ["a comment that is neither", { INPUT_COMMENT: "yes" }],
  ])("refuse %s", ([, env]) => {
    expect(() => linesOf({ env })).toThrow(InputError);
  });
});
