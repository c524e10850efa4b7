import {
  isDigest,
  OPS,
  parseAddress,
  repositoryAt,
  type ActionKey,
  type Diagnostic,
  type Digest,
  type Op,
  type Repository,
} from "#model";
import { actionId } from "./action-key.ts";
import { PLAN_SCHEMA } from "./document.ts";

/** What a plan file approves, or all that is wrong with it. */
export type ParsedPlan =
  | { readonly kind: "plan"; readonly ids: ReadonlySet<string> }
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] };

/** Enough to see what is wrong with a file, and no flood where the file is something else. */
const MOST_DIAGNOSTICS = 50;

/**
 * Reads the file of `--plan FILE`: nothing but the keys of its `actions`, so that a subset made by hand is legitimate
 * (contract §5). Ids are computed anew; one that does not fit its key means that somebody edited the key.
 */
export function parsePlanDocument(text: string, file: string): ParsedPlan {
  const diagnostics: Diagnostic[] = [];
  const ids = new Set<string>();
  const actions = actionsIn(text, file, diagnostics);
  for (const [index, item] of actions.entries()) {
    if (diagnostics.length >= MOST_DIAGNOSTICS) break;
    const id = readAction(item);
    if (typeof id === "string") ids.add(id);
    else diagnostics.push(problem(file, "plan-action", `actions[${index}]: ${id.wrong}`));
  }
  return diagnostics.length > 0 ? { kind: "invalid", diagnostics } : { kind: "plan", ids };
}

function actionsIn(text: string, file: string, diagnostics: Diagnostic[]): readonly unknown[] {
  const document = parseJson(text);
  if (document instanceof SyntaxError) {
    diagnostics.push(problem(file, "plan-syntax", `not JSON: ${document.message}`));
    return [];
  }
  const schema = member(document, "schema");
  const actions = member(document, "actions");
  if (schema !== undefined && schema !== PLAN_SCHEMA) {
    diagnostics.push(problem(file, "plan-schema", `expected the schema ${PLAN_SCHEMA}`));
  }
  if (Array.isArray(actions)) return actions;
  diagnostics.push(problem(file, "plan-actions", "expected an object with an array of actions"));
  return [];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return error;
    throw error;
  }
}

interface Wrong {
  readonly wrong: string;
}

function readAction(item: unknown): string | Wrong {
  const key = readKey(item);
  if ("wrong" in key) return key;
  const id = actionId(key);
  const given = member(item, "id");
  if (given === undefined || given === id) return id;
  return { wrong: "its id does not fit its other members: one of them was changed" };
}

function readKey(item: unknown): ActionKey | Wrong {
  const op = member(item, "op");
  const artifact = member(item, "artifact");
  const to = repositoryIn(item);
  if (!isOp(op)) return { wrong: `expected "op" to be one of ${OPS.join(", ")}` };
  if (typeof artifact !== "string") return { wrong: 'expected "artifact" to be a string' };
  if (to === undefined) return { wrong: 'expected "to" to be a repository' };
  const digest = digestIn(item, "digest");
  const expect = digestIn(item, "expect");
  if (digest === undefined || expect === undefined)
    return { wrong: 'expected "digest" and "expect" to be digests or null' };
  const [version, channel, site, tag] = [
    wordIn(item, "version"),
    wordIn(item, "channel"),
    wordIn(item, "site"),
    wordIn(item, "tag"),
  ];
  if (version === undefined || channel === undefined || site === undefined || tag === undefined)
    return { wrong: 'expected "version", "channel", "site" and "tag" to be strings or null' };
  return { op, artifact, version, digest, channel, site, to, tag, expect };
}

/** Only own members: a key such as `__proto__` or `constructor` in hostile JSON is data. */
function member(value: unknown, name: string): unknown {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

function isOp(value: unknown): value is Op {
  return OPS.some((op) => op === value);
}

/** A string, null where it is left out, undefined where it is something else. */
function wordIn(item: unknown, name: string): string | null | undefined {
  const value = member(item, name) ?? null;
  return value === null || typeof value === "string" ? value : undefined;
}

function digestIn(item: unknown, name: string): Digest | null | undefined {
  const value = wordIn(item, name);
  if (value === null || value === undefined) return value;
  return isDigest(value) ? value : undefined;
}

function repositoryIn(item: unknown): Repository | undefined {
  const value = member(item, "to");
  const address = typeof value === "string" ? parseAddress(value) : undefined;
  return address === undefined || typeof address === "string" ? undefined : repositoryAt(address);
}

function problem(file: string, code: string, message: string): Diagnostic {
  return {
    code,
    severity: "error",
    file,
    line: 1,
    column: 1,
    message,
    hint: "write it with: waybill plan --out FILE; actions may be taken out of it by hand, and nothing else",
  };
}
