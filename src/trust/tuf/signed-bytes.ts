import { compareText, type Json } from "#model";

/**
 * The bytes that TUF signs: the canonical JSON of OLPC, which is not RFC 8785: of a text only `"` and `\` are escaped, and
 * numbers are integers. Undefined where the value has another number in it.
 */
export function signedBytes(value: Json): Buffer | undefined {
  const text = textOf(value);
  return text === undefined ? undefined : Buffer.from(text, "utf8");
}

function textOf(value: Json): string | undefined {
  if (typeof value === "string") return `"${value.replace(/["\\]/g, String.raw`\$&`)}"`;
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === "boolean" || value === null ? String(value) : partsOf(value);
}

function partsOf(value: readonly Json[] | { readonly [key: string]: Json }): string | undefined {
  if (isList(value)) {
    const items = value.map(textOf);
    return items.includes(undefined) ? undefined : `[${items.join(",")}]`;
  }
  const entries = Object.entries(value)
    .toSorted(([a], [b]) => compareText(a, b))
    .map(([key, inner]) => {
      const text = textOf(inner);
      return text === undefined ? undefined : `${textOf(key) ?? ""}:${text}`;
    });
  return entries.includes(undefined) ? undefined : `{${entries.join(",")}}`;
}

function isList(value: object): value is readonly Json[] {
  return Array.isArray(value);
}
