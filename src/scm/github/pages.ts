import { ForgeError } from "../forge-error.ts";

/** As many entries as GitHub gives a page at most; without asking it gives 30. */
export const PAGE_ENTRIES = 100;

/** One page as GitHub answers it. */
export interface Page<T> {
  readonly data: T[];
}

/** Every entry of every page; a listing without an end is an error and not a truncated truth. */
export async function allPages<T>(
  pages: AsyncIterable<Page<T>>,
  { what, atMost }: { readonly what: string; readonly atMost: number },
): Promise<readonly T[]> {
  const entries: T[] = [];
  let count = 0;
  for await (const page of pages) {
    count += 1;
    entries.push(...page.data);
    if (count >= atMost && page.data.length >= PAGE_ENTRIES) {
      throw new ForgeError({
        code: "too-large",
        message: `There are more than ${atMost * PAGE_ENTRIES} ${what}, which is more than is read.`,
      });
    }
  }
  return entries;
}
