/** The comment that a delivery of `issue_comment` is about; what it says is asked of the forge. */
export interface ChatComment {
  readonly comment: number;
  readonly pullRequest: number;
}

/**
 * Reads the payload of an `issue_comment`; undefined for what is not for us: edits and deletions, and comments on issues
 * that are no pull requests. A payload that is none of these is undefined too: it comes from outside.
 */
export function chatCommentIn(payload: unknown): ChatComment | undefined {
  const issue = field(payload, "issue");
  const request = field(issue, "pull_request");
  if (field(payload, "action") !== "created" || typeof request !== "object" || request === null)
    return undefined;
  const comment = idIn(field(field(payload, "comment"), "id"));
  const pullRequest = idIn(field(issue, "number"));
  if (comment === undefined || pullRequest === undefined) return undefined;
  return { comment, pullRequest };
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null) return undefined;
  return Object.hasOwn(value, name) ? new Map(Object.entries(value)).get(name) : undefined;
}

function idIn(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && Number(value) > 0 ? Number(value) : undefined;
}
