const LIMIT = 300;

/** What a library threw, in one line with its causes; the input that is verified holds no secret, and neither does this. */
export function describeError(error: unknown): string {
  const parts: string[] = [];
  for (let at: unknown = error; at !== undefined && parts.length < 4;) {
    parts.push(at instanceof Error ? at.message || at.name : "something that is no error");
    at = at instanceof Error ? at.cause : undefined;
  }
  const text = parts.join(": ");
  return text.length > LIMIT ? `${text.slice(0, LIMIT - 1)}…` : text;
}
