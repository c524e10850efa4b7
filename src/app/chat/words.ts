import type { ChatCommand } from "./command.ts";

/** What `/waybill help` says: each command with who may, and what none of them does. */
export const HELP: readonly string[] = [
  "/waybill plan: plans it again, as it would be merged now, and reports here. Takes the right to write.",
  "/waybill retry: after the merge, applies what was left undone. Takes the right to write.",
  "/waybill hold and /waybill unhold: while it is held, waybill / approval fails and nothing of it is applied. Takes the right to write.",
  "/waybill explain PROJECT/NAME@VERSION: what it would do with one artifact, and what is missing. For everybody.",
  "/waybill help: this. For everybody.",
  "A command is the first line of a new comment, alone. None merges, approves or overrides.",
];

/** A command as it was typed. */
export function typed(command: ChatCommand): string {
  return command.kind === "explain"
    ? `/waybill explain ${command.artifact}`
    : `/waybill ${command.kind}`;
}
