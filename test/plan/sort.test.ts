import { describe, expect, it } from "vitest";
import type { Digest } from "#model";
import { sortActions, sortBlocked, sortNotes } from "../../src/plan/sort.ts";
import { action, blockedItem } from "../support/actions.ts";
import { digestOf, repo } from "../support/state.ts";

const [LOW, HIGH] = ["two", "one"].map((word) => digestOf(word)).toSorted() as [Digest, Digest];

const ACTIONS = [
  action({ artifact: "a/a", channel: "test" }),
  action({ channel: "dev" }),
  action({ site: "bergen" }),
  action({ to: repo("registry.example.com/a") }),
  action({ to: repo("registry.example.com/b"), op: "delete" }),
  action({ to: repo("registry.example.com/b"), op: "untag", tag: "z" }),
  action({ to: repo("registry.example.com/b"), op: "copy", digest: LOW }),
  action({ to: repo("registry.example.com/b"), op: "copy", digest: HIGH }),
  action({ to: repo("registry.example.com/b"), op: "tag", tag: "a" }),
  action({ to: repo("registry.example.com/b"), op: "tag", tag: "b" }),
  action({ to: repo("registry.example.com/b"), op: "attest" }),
];

const BLOCKED = [
  blockedItem({ artifact: "a/a", version: "v9" }),
  blockedItem({ version: undefined }),
  blockedItem({ channel: undefined }),
  blockedItem({ channel: "dev", site: "oslo" }),
  blockedItem({ site: "bergen" }),
  blockedItem({ code: "foreign-move" }),
  blockedItem({ reason: "a" }),
  blockedItem({ reason: "b" }),
];

describe("the order that the contract states", () => {
  it("actions: artifact, channel, site, to, op, tag, digest", () => {
    expect(sortActions(ACTIONS.toReversed())).toEqual(ACTIONS);
  });

  it("blocked: artifact, version, channel, site, code", () => {
    expect(sortBlocked(BLOCKED.toReversed())).toEqual(BLOCKED);
  });

  it("notes: code, message", () => {
    const notes = [
      { code: "a", message: "z" },
      { code: "b", message: "x" },
      { code: "b", message: "y" },
    ];
    expect(sortNotes(notes.toReversed())).toEqual(notes);
    expect(sortNotes([...notes, ...notes])).toHaveLength(6);
  });
});
