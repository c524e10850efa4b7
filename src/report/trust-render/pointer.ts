/** The keys that a JSON Pointer goes through; undefined where one is a number, which may mean an index. */
export function keysOf(pointer: string): readonly string[] | undefined {
  const keys = pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
  return keys.some((key) => /^\d+$/.test(key)) ? undefined : keys;
}
