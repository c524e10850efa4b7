/** What an SPDX licence expression needs, read as far as `AND`, `OR`, `WITH` and parentheses go. */
type Expression =
  | { readonly kind: "licence"; readonly id: string }
  | { readonly kind: "all" | "any"; readonly parts: readonly Expression[] };

const MAX_TOKENS = 500;
const MAX_DEPTH = 50;

/**
 * The denied licences that an expression cannot do without: where it leaves a choice, one that is free of them is enough
 * (002-57). An expression that cannot be read is undefined, as if nothing were said.
 */
export function deniedBy(
  expression: string,
  deny: ReadonlySet<string>,
): readonly string[] | undefined {
  const tokens = expression.match(/[()]|[^\s()]+/g) ?? [];
  if (tokens.length === 0 || tokens.length > MAX_TOKENS) return undefined;
  const reader: Reader = { tokens, at: 0, depth: 0 };
  const read = readAny(reader);
  return read === undefined || reader.at < tokens.length ? undefined : denied(read, deny);
}

interface Reader {
  readonly tokens: readonly string[];
  at: number;
  depth: number;
}

function readAny(reader: Reader): Expression | undefined {
  return readList(reader, "OR", readAll);
}

function readAll(reader: Reader): Expression | undefined {
  return readList(reader, "AND", readOne);
}

function readList(
  reader: Reader,
  word: "AND" | "OR",
  readPart: (reader: Reader) => Expression | undefined,
): Expression | undefined {
  const parts: Expression[] = [];
  do {
    const part = readPart(reader);
    if (part === undefined) return undefined;
    parts.push(part);
  } while (takes(reader, word));
  return { kind: word === "AND" ? "all" : "any", parts };
}

function readOne(reader: Reader): Expression | undefined {
  if (takes(reader, "(")) {
    reader.depth += 1;
    const inner = reader.depth > MAX_DEPTH ? undefined : readAny(reader);
    reader.depth -= 1;
    return takes(reader, ")") ? inner : undefined;
  }
  const id = reader.tokens[reader.at];
  if (id === undefined || /^(?:\)|AND|OR|WITH)$/i.test(id)) return undefined;
  reader.at += 1;
  // An exception widens what a licence allows; the licence itself stays what it is.
  if (takes(reader, "WITH")) reader.at += 1;
  return { kind: "licence", id };
}

function takes(reader: Reader, word: string): boolean {
  if (reader.tokens[reader.at]?.toUpperCase() !== word) return false;
  reader.at += 1;
  return true;
}

function denied(expression: Expression, deny: ReadonlySet<string>): readonly string[] {
  switch (expression.kind) {
    case "licence":
      return deny.has(expression.id.toLowerCase()) ? [expression.id] : [];
    case "all":
      return expression.parts.flatMap((part) => denied(part, deny));
    case "any": {
      const each = expression.parts.map((part) => denied(part, deny));
      return each.some((list) => list.length === 0) ? [] : each.flat();
    }
  }
}
