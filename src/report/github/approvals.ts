import { code, markdown } from "../plain-text.ts";
import type { ApprovalsShown } from "./comment-input.ts";
import { list, type Detail } from "./parts.ts";

/** Who must still approve and why, who did, and what does not count (issue 6 §2); nobody is called by it. */
export function approvalsSection(approvals: ApprovalsShown, detail: Detail): readonly string[] {
  const { isApproved, needed, given, notCounted, refused = [] } = approvals;
  const open = needed.filter(({ have, want }) => have < want);
  const state = isApproved ? "complete" : refused.length > 0 ? "refused" : "still needed";
  return [
    `#### Approvals: ${state}`,
    "",
    ...list(
      [
        ...refused.map((words) => `**refused**: ${markdown(words, detail.text)}`),
        ...open.map(({ from, have, want, why }) => {
          const who = from.length === 0 ? "anybody with the right" : names(from);
          return `**${want - have} more** of ${who}, for ${markdown(why, detail.text)}`;
        }),
        ...(open.length > 1 ? ["_One approval may count for several of these._"] : []),
        ...given.map(({ login, commit }) => `${code(login)} approved ${code(commit.slice(0, 12))}`),
        ...notCounted.map(
          ({ login, why }) => `${code(login)} does not count: ${markdown(why, detail.text)}`,
        ),
      ],
      detail,
    ),
  ];
}

function names(from: readonly string[]): string {
  const shown = from.slice(0, 10).map((name) => code(name));
  return from.length > shown.length
    ? `${shown.join(", ")} or ${from.length - shown.length} more`
    : shown.join(", ");
}
