import type { CheckReport } from "#report";

/** Reads the text of a check's document, which may come from anywhere; a string tells what is wrong with it. */
export async function readCheckText(text: string): Promise<CheckReport | string> {
  const { readCheck } = await import("#report");
  return readCheck(parsed(text));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Where no plan is known that can be believed, a comment says so, and nothing else about it. */
export function nothingPlanned(head: string, base: string | undefined): CheckReport {
  return {
    result: "unknown",
    head,
    base,
    plan: undefined,
    findings: [],
    changes: [],
    inPlace: [],
    desired: [],
    unread: [],
    bootstrap: false,
    policy: undefined,
    pages: [],
  };
}
