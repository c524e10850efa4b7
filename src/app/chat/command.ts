import { parseArtifactRef } from "#model";

/** What somebody may ask of us in a comment (issue 6 §5). None of it merges, approves or overrides. */
export type ChatCommand =
  | { readonly kind: "plan" | "retry" | "hold" | "unhold" | "help" }
  | { readonly kind: "explain"; readonly artifact: string };

/** What a comment says to us. */
export type Said =
  | ChatCommand
  /** It is not for us: nobody answers. */
  | { readonly kind: "nothing" }
  /** It is for us, and no command of ours. */
  | { readonly kind: "unknown"; readonly why: string };

const NOTHING: Said = { kind: "nothing" };

/**
 * Reads the command of a comment: its first line, whole, in ASCII, lower case, and nothing else. What a quote, a fence,
 * an indented line or a homoglyph says begins with something else and is for nobody; a second command makes it none.
 */
export function readCommand(body: string): Said {
  const [first = "", ...rest] = body.split(/\r?\n/);
  if (!/^\/waybill(?: |$)/.test(first)) return NOTHING;
  if (rest.some((line) => /^\/waybill(?:\s|$)/.test(line)))
    return { kind: "unknown", why: "One comment holds one command." };
  const [, word, ...others] = first.split(" ").filter((part) => part !== "");
  return commandOf(word, others);
}

function commandOf(word: string | undefined, others: readonly string[]): Said {
  switch (word) {
    case "plan":
    case "retry":
    case "hold":
    case "unhold":
    case "help":
      return others.length === 0
        ? { kind: word }
        : { kind: "unknown", why: `/waybill ${word} takes no words after it.` };
    case "explain":
      return explainOf(others);
    case undefined:
      return { kind: "unknown", why: "There is no command after /waybill." };
    default:
      return { kind: "unknown", why: `There is no command ${word.slice(0, 40)}.` };
  }
}

function explainOf(others: readonly string[]): Said {
  const [artifact, ...more] = others;
  if (artifact === undefined || more.length > 0)
    return { kind: "unknown", why: "/waybill explain takes one artifact." };
  const read = parseArtifactRef(artifact);
  return typeof read === "string"
    ? { kind: "unknown", why: `${artifact.slice(0, 200)}: ${read}.` }
    : { kind: "explain", artifact };
}
