import type { RevocationTarget } from "#model";
import type { YAMLMap } from "yaml";
import { isPadded } from "./insert-flow.ts";
import type { NewItem } from "./insert-item.ts";
import { isFlow, startOf, valueIn } from "./layout.ts";
import { inBraces } from "./new-line.ts";
import { quoteOf, scalarText } from "./scalar-text.ts";
import { keyText } from "./set-key.ts";

/** What `waybill revoke` can name (issue 5 §6). */
export type Revocable = Extract<
  RevocationTarget,
  { readonly kind: "digest" | "versions" | "authority" | "key" }
>;

/** One thing to revoke, and why. */
export interface Revoking {
  readonly target: Revocable;
  readonly reason: string;
  readonly reference: string | undefined;
  /** RFC 3339. Signatures with an earlier trusted time stand; undefined: none do. */
  readonly at: string | undefined;
}

/** The keys and values of an entry, in their order. */
export interface EntryFields {
  readonly [key: string]: string | readonly string[];
}

/** More digests than this do not go on one line. */
const DIGESTS_ON_A_LINE = 2;

/** What the entry says, key by key, in the order in which it is written. */
export function entryOf({ target, reason, reference, at }: Revoking): EntryFields {
  return {
    ...targetOf(target),
    reason,
    ...(reference !== undefined && { reference }),
    ...(at !== undefined && { at }),
  };
}

function targetOf(target: Revocable): EntryFields {
  switch (target.kind) {
    case "digest":
      return { digest: target.digest };
    case "key":
      return { key: target.key };
    case "authority":
      return { authority: target.authority };
    case "versions": {
      const { project, name, range: versions, digests } = target;
      return { project, name, versions, digests };
    }
  }
}

/** An entry in the layout, quotes and braces of a neighbour; many digests have a line each. */
export function newEntry(
  neighbour: YAMLMap | undefined,
  text: string,
  entry: EntryFields,
): NewItem {
  const pairs = Object.entries(entry);
  const flat = pairs.map(
    ([key, value]) => `${keyText(neighbour, key)}: ${valueText(neighbour, key, value)}`,
  );
  const isBlock = neighbour !== undefined && !isFlow(neighbour);
  const isTight = neighbour !== undefined && !isBlock && !isPadded(text, startOf(neighbour));
  const flow = inBraces(flat, !isTight);
  if (!isBlock && !pairs.some(([, value]) => isLong(value))) return { flow };
  const block = pairs.flatMap(([key, value], index) =>
    isLong(value)
      ? [`${keyText(neighbour, key)}:`, ...value.map((item) => `  - ${digestText(item)}`)]
      : [flat[index] ?? ""],
  );
  return { flow, block };
}

function isLong(value: string | readonly string[]): value is readonly string[] {
  return typeof value !== "string" && value.length > DIGESTS_ON_A_LINE;
}

function valueText(
  neighbour: YAMLMap | undefined,
  key: string,
  value: string | readonly string[],
): string {
  if (typeof value !== "string") return `[${value.map(digestText).join(", ")}]`;
  const always = key === "digest" || key === "key" || key === "versions" ? "double" : undefined;
  return scalarText(value, quoteOf(neighbour && valueIn(neighbour, key)) ?? always);
}

/** Digests are quoted by custom, because of their colon. */
export function digestText(digest: string): string {
  return scalarText(digest, "double");
}
