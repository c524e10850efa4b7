import type { Json } from "#model";

/** A JSON object's own member; undefined for no such key and for what is no object. */
export function member(value: Json | undefined, key: string): Json | undefined {
  if (!isObject(value) || !Object.hasOwn(value, key)) return undefined;
  return value[key];
}

/** The value that keys lead to, one below the other. */
export function memberAt(value: Json | undefined, ...keys: readonly string[]): Json | undefined {
  return keys.reduce<Json | undefined>((at, key) => member(at, key), value);
}

/** A string; undefined for everything else. */
export function textIn(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** The items of an array; none for everything else. */
export function itemsIn(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}

/** Tells whether a value is a JSON object. */
export function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !isArray(value);
}

/** Tells whether a value is a JSON array; unlike `Array.isArray` it keeps the items' type. */
export function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** The value that a JSON Pointer leads to (RFC 6901); undefined for nothing. */
export function pointTo(value: Json, pointer: string): Json | undefined {
  let at: Json | undefined = value;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    at = isArray(at)
      ? /^(?:0|[1-9]\d{0,8})$/.test(key)
        ? at[Number(key)]
        : undefined
      : member(at, key);
    if (at === undefined) return undefined;
  }
  return at;
}

const SHOWN = 120;

/** A value as an answer shows it, on one line and never long. */
export function shownJson(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  if (isArray(value)) return `[${value.slice(0, 5).map(shownScalar).join(", ")}]`;
  return shownScalar(value);
}

function shownScalar(value: Json): string {
  if (typeof value === "object" && value !== null) return isArray(value) ? "a list" : "an object";
  const text = String(value);
  const line = text.replace(/[\s\0-\x1f\x7f]+/g, " ");
  return line.length > SHOWN ? `${line.slice(0, SHOWN)}…` : line;
}
