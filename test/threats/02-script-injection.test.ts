import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { commandLines } from "../../src/action/command-lines.ts";
import { readInputs } from "../../src/action/inputs.ts";
import { workflowsFor } from "../../src/app/init/workflows/write.ts";
import { breachesIn } from "../support/workflows/rules.ts";

const FOLDER = ".github/workflows";
const OWN = readdirSync(FOLDER).map((name) => [name, readFileSync(join(FOLDER, name), "utf8")]);
const commit = "0123456789abcdef0123456789abcdef01234567";
const TOOL = { kind: "action", action: "example/waybill", commit, version: "v0.1.0" } as const;
const CHANNELS = [{ name: "prod", after: [] }];
const WRITTEN = [...workflowsFor(TOOL, { channels: CHANNELS, branch: "main" })];

/** Words of an event that a stranger chooses. */
const FOREIGN = [
  "pull_request.title",
  "pull_request.head.ref",
  "comment.body",
  "head_commit.message",
];

describe("threat 2: a title, branch or path that becomes a script", () => {
  it.for([...OWN, ...WRITTEN])("%s has no expression in a shell", ([, text = ""]) => {
    expect(breachesIn(text).filter(({ rule }) => rule === "expression-in-run")).toEqual([]);
    // A condition compares it, and hands it to nobody.
    const handed = text.replaceAll(/^\s+if: .*$/gm, "");
    for (const word of FOREIGN) expect(handed).not.toContain(`github.event.${word}`);
    const hostile = `${text}\n  evil:\n    steps:\n      - run: echo "\${{ github.event.pull_request.title }}"\n`;
    expect(breachesIn(hostile).map(({ rule }) => rule)).toContain("expression-in-run");
  });

  it("an input is a value, whatever it looks like", () => {
    const hostile = "--yes $(id) `id`; ::error::x\n--all";
    const env = { INPUT_SINCE: hostile, INPUT_DIRECTORY: hostile, INPUT_REGISTRIES: hostile };
    const event = { pullRequest: 7, isFork: false, groupBase: undefined, file: undefined };
    const files = { planFile: "p", statementFile: "s", recordFile: "r", records: [] };
    const lines = commandLines({
      inputs: readInputs(env),
      event: { name: "pull_request", ...event },
      ...files,
    });
    expect(lines).toEqual([
      [
        `--directory=${hostile}`,
        `--registries=${hostile}`,
        "--format=github",
        "plan",
        `--since=${hostile}`,
        "--out=p",
      ],
    ]);
  });
});
