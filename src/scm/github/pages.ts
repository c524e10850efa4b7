import { ForgeError } from "../forge-error.ts";

/** As many entries as GitHub gives a page at most; without asking it gives 30. */
export const PAGE_ENTRIES = 100;

/** One page as GitHub answers it. */
export interface Page<T> {
  readonly data: readonly T[];
  readonly headers: { readonly link?: string | undefined };
}

/** Where a page stands: by number, or after a cursor for listings that have no numbers. */
export interface PageAt {
  readonly per_page: number;
  readonly page?: number;
  readonly after?: string;
}

/**
 * The pages of a listing, as GitHub's links lead from one to the next (RFC 8288). Octokit's own way through pages leaves
 * out the signal and the retries that a request was given.
 */
export async function* pagesOf<T>(read: (at: PageAt) => Promise<Page<T>>): AsyncGenerator<Page<T>> {
  let at: PageAt | undefined = { per_page: PAGE_ENTRIES };
  while (at !== undefined) {
    const page: Page<T> = await read(at);
    yield page;
    at = nextIn(page.headers.link);
  }
}

/** Every entry of every page; a listing without an end is an error and not a truncated truth. */
export async function allPages<T>(
  { what, atMost }: { readonly what: string; readonly atMost: number },
  read: (at: PageAt) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const entries: T[] = [];
  let count = 0;
  for await (const page of pagesOf(read)) {
    count += 1;
    if (!isList(page.data)) throw new TypeError("a page that is no list");
    if (count > atMost) {
      throw new ForgeError({
        code: "too-large",
        message: `There are more than ${atMost * PAGE_ENTRIES} ${what}, which is more than is read.`,
      });
    }
    entries.push(...page.data);
  }
  return entries;
}

/** Octokit's types say that it is one; a proxy may answer something else. */
function isList(data: unknown): boolean {
  return Array.isArray(data);
}

/** Only the place is taken out of the link: the address that we ask stays ours. */
function nextIn(link: string | undefined): PageAt | undefined {
  const [, address] = /<([^<>]+)>; rel="next"/.exec(link ?? "") ?? [];
  const query = address === undefined ? undefined : URL.parse(address)?.searchParams;
  const after = query?.get("after");
  if (after) return { per_page: PAGE_ENTRIES, after };
  const page = Number(query?.get("page"));
  return Number.isInteger(page) && page > 1 ? { per_page: PAGE_ENTRIES, page } : undefined;
}
