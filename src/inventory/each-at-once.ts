/**
 * Does work for every item, `limit` of them side by side; the first failure ends it. Items wait as they are, without a
 * promise or a closure each: there are tens of thousands of them.
 */
export async function eachAtOnce<T>(
  limit: number,
  items: Iterable<T>,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items[Symbol.iterator]();
  async function worker(): Promise<void> {
    for (let next = rest.next(); next.done !== true; next = rest.next()) await work(next.value);
  }
  await Promise.all(Array.from({ length: limit }, worker));
}
