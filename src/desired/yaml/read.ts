import { Composer, Lexer, Parser, type Document } from "yaml";
import type { Diagnostic } from "#model";
import { buildTree, type Finding } from "./build-tree.ts";
import { readPlain } from "./plain-tree.ts";
import { positionsIn } from "./positions.ts";
import type { SourceFile } from "./source-file.ts";
import type { YamlTree } from "./tree.ts";

export type { SourceFile } from "./source-file.ts";

/** What a file holds, and what is wrong with its YAML; the tree is there as far as the text could be understood. */
export interface YamlReading {
  readonly tree: YamlTree;
  readonly diagnostics: readonly Diagnostic[];
}

const MAX_FILE_BYTES = 1024 * 1024;
export const MAX_KPROMO_BYTES: number = 16 * 1024 * 1024;
const MAX_DEPTH = 32;
/** A file with more mistakes than this in its YAML is another kind of file. */
const MAX_SYNTAX_ERRORS = 20;
/** So does one with more findings than this; what is beyond is counted and not shown. */
const MAX_FINDINGS = 200;
const COLLECTIONS: ReadonlySet<string> = new Set(["block-map", "block-seq", "flow-collection"]);

const OPTIONS = {
  version: "1.2",
  schema: "core",
  uniqueKeys: false,
  merge: false,
  prettyErrors: false,
} as const;

/**
 * Reads one YAML 1.2 document without ever throwing (contract §2: no aliases, no merge keys, one document, string keys).
 * `maxBytes` counts UTF-8; 1 MiB where not given.
 */
export function readYaml(file: SourceFile, maxBytes: number = MAX_FILE_BYTES): YamlReading {
  const positionAt = positionsIn(file);
  const plain = isTooLarge(file.text, maxBytes) ? undefined : readPlain(file.text);
  if (plain !== undefined)
    return { tree: { file: file.path, root: plain, positionAt }, diagnostics: [] };
  return readAny(file, maxBytes);
}

/** Reads any text, by the library and whatever it costs; only tests ask for it themselves. */
export function readAny(file: SourceFile, maxBytes: number = MAX_FILE_BYTES): YamlReading {
  const positionAt = positionsIn(file);
  const findings: Finding[] = [];
  const document = isTooLarge(file.text, maxBytes)
    ? refuseSize(maxBytes, findings)
    : withoutStacks(() => parse(file.text, findings));
  const root = document?.contents
    ? buildTree(document.contents, (finding) => findings.push(finding))
    : undefined;
  return {
    tree: { file: file.path, root, positionAt },
    diagnostics: capped(findings).map((finding) => diagnosticOf(finding, positionAt)),
  };
}

function diagnosticOf(finding: Finding, positionAt: YamlTree["positionAt"]): Diagnostic {
  const { code, offset, message, hint } = finding;
  return { ...positionAt(offset), code, severity: "error", message, hint };
}

function capped(findings: readonly Finding[]): readonly Finding[] {
  const shown = findings.slice(0, MAX_FINDINGS);
  const next = findings[MAX_FINDINGS];
  if (next === undefined) return shown;
  const message = `${findings.length - MAX_FINDINGS} more mistakes from here on are not shown.`;
  return [
    ...shown,
    { code: "too-many-mistakes", offset: next.offset, message, hint: "correct the first ones" },
  ];
}

function isTooLarge(text: string, maxBytes: number): boolean {
  return text.length * 3 > maxBytes && Buffer.byteLength(text) > maxBytes;
}

function refuseSize(maxBytes: number, findings: Finding[]): undefined {
  findings.push({
    code: "file-too-large",
    offset: 0,
    message: `The file is larger than ${maxBytes / 1024 / 1024} MiB and was not read.`,
    hint: "split it, or remove what is no longer needed",
  });
}

/** yaml makes an Error of each mistake; in a hostile file their stacks would cost ten times the reading. */
function withoutStacks<T>(read: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return read();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function parse(text: string, findings: Finding[]): Document | undefined {
  const parser = new Parser();
  const composer = new Composer(OPTIONS);
  const documents: Document[] = [];
  for (const lexeme of new Lexer().lex(text)) {
    const { offset } = parser;
    for (const token of parser.next(lexeme)) documents.push(...composer.next(token));
    if (isTooDeep(parser)) {
      findings.push(tooDeep(offset));
      return undefined;
    }
    if (documents.length > 1) break;
  }
  for (const token of parser.end()) documents.push(...composer.next(token));
  documents.push(...composer.end(true, text.length));
  findings.push(...documentFindings(documents));
  return documents[0];
}

/** Checked while parsing, because yaml's time grows with the square of the depth and its composer recurses. */
function isTooDeep({ stack }: Parser): boolean {
  if (stack.length <= MAX_DEPTH) return false;
  return stack.filter((token) => COLLECTIONS.has(token.type)).length > MAX_DEPTH;
}

function tooDeep(offset: number): Finding {
  return {
    code: "yaml-too-deep",
    offset,
    message: `Lists and maps are nested deeper than ${MAX_DEPTH} levels; the file was not read.`,
    hint: "no file of ours needs that depth: look for a bracket that is not closed",
  };
}

function documentFindings(documents: readonly Document[]): readonly Finding[] {
  const [first, second] = documents;
  const errors = (first?.errors ?? []).slice(0, MAX_SYNTAX_ERRORS).map((error) => ({
    code: "yaml-syntax",
    offset: error.pos[0],
    message: `This is no valid YAML: ${error.message.replace(/\s+/g, " ").slice(0, 300)}.`,
    hint: "correct the line; indentation, brackets, quotes and colons are the usual causes",
  }));
  return [...errors, ...directiveFindings(first), ...secondDocumentFindings(second)];
}

function directiveFindings(document: Document | undefined): readonly Finding[] {
  if (document?.directives?.yaml.version !== "1.1") return [];
  return [
    {
      code: "yaml-version",
      offset: 0,
      message: "The file says that it is YAML 1.1; these files are YAML 1.2.",
      hint: "remove the %YAML line",
    },
  ];
}

function secondDocumentFindings(document: Document | undefined): readonly Finding[] {
  if (document === undefined) return [];
  return [
    {
      code: "yaml-several-documents",
      offset: document.range?.[0] ?? 0,
      message: "A second YAML document begins here; a file holds one.",
      hint: "move it to a file of its own, or remove the --- line",
    },
  ];
}
