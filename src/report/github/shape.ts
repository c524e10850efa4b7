/** Reads a value of one shape from JSON that somebody else wrote; throws a ShapeError where it is of another. */
export type Read<Value> = (value: unknown) => Value;

/** A document that is not what it says; only `readCheck` sees it. */
export class ShapeError extends Error {
  override readonly name = "ShapeError";
}

const MAX_TEXT = 100_000;
const MAX_ITEMS = 200_000;

/** A string of no monstrous length. */
export function text(value: unknown): string {
  if (typeof value !== "string" || value.length > MAX_TEXT) throw new ShapeError("expected a text");
  return value;
}

export function amount(value: unknown): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw new ShapeError("expected a number of something");
  return value;
}

export function flag(value: unknown): boolean {
  if (typeof value !== "boolean") throw new ShapeError("expected true or false");
  return value;
}

/** A string that a guard knows, such as a digest. */
export function known<Value extends string>(is: (value: string) => value is Value): Read<Value> {
  return (value) => {
    const said = text(value);
    if (!is(said)) throw new ShapeError("expected another text");
    return said;
  };
}

/** One of some words. */
export function oneOf<Word extends string>(words: readonly Word[]): Read<Word> {
  return (value) => {
    const word = words.find((one) => one === value);
    if (word === undefined) throw new ShapeError(`expected one of ${words.join(", ")}`);
    return word;
  };
}

export function list<Item>(read: Read<Item>): Read<readonly Item[]> {
  return (value) => {
    if (!Array.isArray(value) || value.length > MAX_ITEMS) throw new ShapeError("expected a list");
    return value.map((item: unknown) => read(item));
  };
}

/** A value that may be left out, or null. */
export function maybe<Value>(read: Read<Value>): Read<Value | undefined> {
  return (value) => (value === undefined || value === null ? undefined : read(value));
}

export function orNull<Value>(read: Read<Value>): Read<Value | null> {
  return (value) => (value === undefined || value === null ? null : read(value));
}

/** An own member of an object: `__proto__` in hostile JSON is data. */
export function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new ShapeError("expected an object");
  return Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
}
