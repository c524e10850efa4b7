import { posix } from "node:path";
import { parseSync, type EcmaScriptModule, type Program } from "oxc-parser";
import {
  APPROVE_FILE,
  FETCHING_FILES,
  IMPURE_NAMES,
  NODE_MODULE_HOMES,
  PACKAGE_HOMES,
  ROOMS,
  type Room,
} from "./rooms.ts";

/** One thing in one file that the room table forbids. */
export interface Breach {
  readonly file: string;
  readonly rule:
    | "syntax"
    | "no-such-room"
    | "file-name"
    | "leaves-room"
    | "extension"
    | "forbidden-room"
    | "own-door"
    | "deep-door"
    | "package-home"
    | "node-module"
    | "impure"
    | "dynamic-import"
    | "door-is-no-door"
    | "approved-plan";
  readonly what: string;
}

interface Import {
  readonly specifier: string;
  /** What is imported by name; `*` for a namespace, a default, or everything. */
  readonly names: readonly string[];
}

interface File {
  readonly path: string;
  readonly room: Room;
  readonly report: (rule: Breach["rule"], what: string) => void;
}

const VAGUE = new Set([
  "utils",
  "util",
  "helpers",
  "helper",
  "common",
  "shared",
  "misc",
  "manager",
]);

/** Checks one file of `src/` against the room table; `path` is relative to the repository. */
export function checkFile(path: string, text: string): readonly Breach[] {
  const breaches: Breach[] = [];
  function report(rule: Breach["rule"], what: string): void {
    breaches.push({ file: path, rule, what });
  }
  const [, roomName = ""] = path.split("/");
  const room = ROOMS.find((row) => row.name === roomName);
  if (room === undefined) {
    report("no-such-room", roomName);
    return breaches;
  }
  const parsed = parseSync(path, text, { lang: "ts", sourceType: "module" });
  for (const error of parsed.errors) report("syntax", error.message);
  const file: File = { path, room, report };
  checkName(file);
  for (const entry of staticImports(parsed.module)) checkImport(file, entry);
  for (const entry of parsed.module.dynamicImports) {
    checkDynamicImport(file, text.slice(entry.moduleRequest.start, entry.moduleRequest.end));
  }
  if (posix.basename(path) === "index.ts") checkDoor(file, parsed.program);
  walk(parsed.program, (node, parent, key) => checkNode(file, { node, parent, key }));
  return breaches;
}

function checkName({ path, report }: File): void {
  for (const part of path.split("/").slice(2)) {
    const stem = part.replace(/\.ts$/, "");
    if (!/^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem) || VAGUE.has(stem)) report("file-name", part);
  }
}

function staticImports(module: EcmaScriptModule): readonly Import[] {
  const imports = module.staticImports.map((entry) => ({
    specifier: entry.moduleRequest.value,
    names: entry.entries.map((name) => name.importName.name ?? "*"),
  }));
  const exports = module.staticExports.flatMap((statement) =>
    statement.entries.flatMap((entry) =>
      entry.moduleRequest === null
        ? []
        : [{ specifier: entry.moduleRequest.value, names: [entry.importName.name ?? "*"] }],
    ),
  );
  return [...imports, ...exports];
}

function checkImport(file: File, entry: Import): void {
  const { specifier } = entry;
  if (specifier.startsWith(".")) checkRelative(file, specifier);
  else if (specifier.startsWith("#")) checkRoomDoor(file, specifier);
  else if (specifier.startsWith("node:")) checkNodeModule(file, entry);
  else checkPackage(file, specifier);
}

function checkRelative({ path, room, report }: File, specifier: string): void {
  const target = posix.join(posix.dirname(path), specifier);
  if (target.endsWith(".json") && room.data?.some((data) => target.startsWith(data))) return;
  if (!target.startsWith(`src/${room.name}/`)) report("leaves-room", specifier);
  if (!specifier.endsWith(".ts")) report("extension", specifier);
  if (target === `src/${room.name}/index.ts`) report("own-door", specifier);
}

function checkRoomDoor({ room, report }: File, specifier: string): void {
  const [name = "", ...rest] = specifier.slice(1).split("/");
  if (rest.length > 0) report("deep-door", specifier);
  else if (name === room.name) report("own-door", specifier);
  else if (!room.imports.includes(name)) report("forbidden-room", specifier);
}

function checkNodeModule({ room, report }: File, { specifier, names }: Import): void {
  const hashing =
    specifier === "node:crypto" &&
    names.length > 0 &&
    names.every((name) => name === "createHash" || name === "Hash");
  if (room.pure && !hashing) report("impure", `${specifier} (${names.join(", ")})`);
  if (NODE_MODULE_HOMES.get(specifier)?.includes(room.name) === false) {
    report("node-module", specifier);
  }
}

function checkPackage({ room, report }: File, specifier: string): void {
  const name = specifier
    .split("/")
    .slice(0, specifier.startsWith("@") ? 2 : 1)
    .join("/");
  if (!PACKAGE_HOMES.get(name)?.includes(room.name)) report("package-home", specifier);
}

/** `source` is the argument as written: only a plain string literal can be judged. */
function checkDynamicImport({ room, report }: File, source: string): void {
  const literal = /^["'`](?:#([a-z]+)|(\.\/[a-z-]+\.ts))["'`]$/.exec(source);
  const [, door, part] = literal ?? [];
  const allowed =
    (door !== undefined && (room.lazy ?? []).includes(door)) ||
    (part !== undefined && (room.lazyParts ?? []).includes(part));
  if (!allowed) report("dynamic-import", source);
}

function checkDoor({ path, room, report }: File, program: Program): void {
  if (path !== `src/${room.name}/index.ts`) {
    report("door-is-no-door", "a second index.ts inside a room");
    return;
  }
  for (const statement of program.body) {
    const reexports =
      statement.type === "ExportAllDeclaration" ||
      (statement.type === "ExportNamedDeclaration" && statement.source !== null);
    if (!reexports) report("door-is-no-door", statement.type);
  }
}

type Node = Readonly<Record<string, unknown>>;

interface Place {
  readonly node: Node;
  readonly parent: Node | undefined;
  readonly key: string;
}

function checkNode(file: File, place: Place): void {
  const { node } = place;
  if (node["type"] === "TSImportType") {
    checkImport(file, { specifier: text(node["source"], "value") ?? "?", names: ["*"] });
  }
  if (becomesApproved(node) && file.path !== APPROVE_FILE) {
    file.report("approved-plan", String(node["type"]));
  }
  if (isName(place, "fetch") && !mayFetch(file)) file.report("node-module", "fetch");
  if (file.room.pure) checkPurity(file, place);
}

function mayFetch({ path, room }: File): boolean {
  return room.name === "stores" || FETCHING_FILES.has(path);
}

function checkPurity({ report }: File, place: Place): void {
  const { node } = place;
  for (const name of IMPURE_NAMES) if (isName(place, name)) report("impure", name);
  if (isMember(node, "Date", "now")) report("impure", "Date.now");
  if (isMember(node, "Math", "random")) report("impure", "Math.random");
  if (node["type"] === "NewExpression" && text(node["callee"], "name") === "Date") {
    if (Array.isArray(node["arguments"]) && node["arguments"].length === 0) {
      report("impure", "new Date()");
    }
  }
  if (node["type"] === "CallExpression" && text(node["callee"], "name") === "Date") {
    report("impure", "Date()");
  }
}

/** How often a file turns something into an ApprovedPlan: by cast, or by a guard that claims it. */
export function countApprovals(path: string, source: string): number {
  let count = 0;
  const { program } = parseSync(path, source, { lang: "ts", sourceType: "module" });
  walk(program, (node) => {
    if (becomesApproved(node)) count += 1;
  });
  return count;
}

function becomesApproved(node: Node): boolean {
  const casts = ["TSAsExpression", "TSTypeAssertion", "TSTypePredicate"];
  return casts.includes(String(node["type"])) && mentionsApproved(node["typeAnnotation"]);
}

function mentionsApproved(type: unknown): boolean {
  let found = false;
  walk(type, (node) => {
    found ||= node["type"] === "Identifier" && node["name"] === "ApprovedPlan";
  });
  return found;
}

/** Whether the identifier stands for a value or type of its own, not for a property's name. */
function isName({ node, parent, key }: Place, name: string): boolean {
  if (node["type"] !== "Identifier" || node["name"] !== name) return false;
  const isPropertyName = (key === "property" || key === "key") && parent?.["computed"] !== true;
  return !isPropertyName || parent?.["shorthand"] === true;
}

function isMember(node: Node, object: string, property: string): boolean {
  return (
    node["type"] === "MemberExpression" &&
    text(node["object"], "name") === object &&
    (text(node["property"], "name") ?? text(node["property"], "value")) === property
  );
}

function text(value: unknown, key: string): string | undefined {
  const found = isNode(value) ? value[key] : undefined;
  return typeof found === "string" ? found : undefined;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

type Visit = (node: Node, parent: Node | undefined, key: string) => void;

function walk(value: unknown, visit: Visit, parent?: Node, key = ""): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit, parent, key);
  } else if (isNode(value)) {
    if (typeof value["type"] === "string") visit(value, parent, key);
    for (const [name, child] of Object.entries(value)) walk(child, visit, value, name);
  }
}
