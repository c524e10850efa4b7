import type { Json } from "#model";

const PLAIN = /^[A-Za-z][A-Za-z0-9_./-]*$/;
const WORDS = new Set(["true", "false", "null", "yes", "no", "on", "off", "y", "n"]);

/** Data as YAML in block form; texts of several lines as literal blocks. Every other text that could be misread is quoted. */
export function yamlText(value: Json): string {
  return `${linesOf(value).join("\n")}\n`;
}

/** Lines as comments of YAML, each `# ` at its start whatever it holds. */
export function yamlComments(lines: readonly string[]): string {
  return lines.map((line) => `# ${line.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, " ")}\n`).join("");
}

function linesOf(value: Json): readonly string[] {
  if (isList(value)) {
    return value.flatMap((item) => {
      const [first = "", ...rest] = linesOf(item);
      return [`- ${first}`, ...rest.map((line) => indented(line))];
    });
  }
  if (typeof value === "object" && value !== null)
    return Object.entries(value).flatMap(([key, inner]) => entryLines(key, inner));
  return [scalarOf(value)];
}

function entryLines(key: string, value: Json | undefined): readonly string[] {
  if (value === undefined) return [];
  const name = textOf(key);
  if (typeof value === "string" && isBlock(value)) {
    const lines = value
      .trimEnd()
      .split("\n")
      .map((line) => indented(line));
    return [`${name}: |${value.endsWith("\n") ? "" : "-"}`, ...lines];
  }
  const isEmpty = typeof value === "object" && value !== null && Object.keys(value).length === 0;
  if (typeof value !== "object" || value === null || isEmpty)
    return [`${name}: ${isEmpty ? JSON.stringify(value) : scalarOf(value)}`];
  return [`${name}:`, ...linesOf(value).map((line) => indented(line))];
}

function indented(line: string): string {
  return line === "" ? "" : `  ${line}`;
}

function scalarOf(value: Json): string {
  return typeof value === "string" ? textOf(value) : JSON.stringify(value);
}

function textOf(text: string): string {
  return PLAIN.test(text) && !WORDS.has(text.toLowerCase()) ? text : JSON.stringify(text);
}

/** Several lines of printable text, the first not indented, with at most one line end behind them. */
function isBlock(text: string): boolean {
  return text.includes("\n") && /^[\x21-\x7e][\x20-\x7e\n]*$/.test(text) && !/ \n|\n\n$/.test(text);
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
