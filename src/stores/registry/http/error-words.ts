import { foreignText } from "./foreign-text.ts";

/** How much of an error's body is read. */
export const ERROR_BODY_CAP: number = 64 * 1024;
const MAX_ERRORS = 3;

/** One error of the specification's error document. */
export interface RegistryWord {
  readonly code: string;
  readonly message: string;
}

/** Reads `{errors: [{code, message}]}` (distribution-spec, Error Codes), and what token services send; nothing else. */
export function registryWords(body: string): readonly RegistryWord[] {
  const document = parse(body);
  if (typeof document !== "object" || document === null) return [];
  const errors: unknown = "errors" in document ? document.errors : undefined;
  if (Array.isArray(errors)) return errors.slice(0, MAX_ERRORS).flatMap(oneWord);
  return oneWord(document);
}

/** The registry's own words as one safe line: `CODE: message; …`; empty where it said nothing readable. */
export function errorWords(body: string): string {
  return registryWords(body)
    .map(({ code, message }) => [code, message].filter((text) => text !== "").join(": "))
    .join("; ");
}

function oneWord(value: unknown): readonly RegistryWord[] {
  if (typeof value !== "object" || value === null) return [];
  const code = textAt(value, "code") || textAt(value, "error");
  const message =
    textAt(value, "message") || textAt(value, "error_description") || textAt(value, "details");
  return code === "" && message === "" ? [] : [{ code, message }];
}

function textAt(value: object, key: string): string {
  const text: unknown = Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined;
  return typeof text === "string" ? foreignText(text) : "";
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
