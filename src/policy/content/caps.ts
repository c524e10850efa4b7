import type { Compared } from "#model";

/** Longer than any name, version or setting that a person reads; reports and images can say anything. */
const LONGEST = 400;
/** Differences that are carried from the job that plans to the one that comments. */
const MOST = 10_000;

/** Foreign words, cut to what somebody reads. */
export function cut(text: string): string {
  return text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text;
}

/** The first of very many differences; that there were more is said. */
export function mostOf<Item>(
  items: readonly Item[],
  what: string,
): Extract<Compared<readonly Item[]>, { kind: "compared" }> {
  if (items.length <= MOST) return { kind: "compared", value: items };
  const basis = `the first ${MOST} of ${items.length} ${what} that differ`;
  return { kind: "compared", value: items.slice(0, MOST), basis };
}
