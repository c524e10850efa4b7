/** `npm run docs:formats`: writes `docs/formats.md` from `schemas/`, so that no key is described twice. */
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** The schemas in the order in which a reader meets them, and the file that each describes. */
const FILES = [
  ["promotion.v1.json", "promotions/<project>/<name>.yaml"],
  ["sites.v1.json", "policies/sites.yaml"],
  ["channels.v1.json", "policies/channels.yaml"],
  ["registries.v1.json", "policies/registries.yaml"],
  ["trust.v1.json", "policies/trust.yaml"],
  ["revocations.v1.json", "policies/revocations.yaml"],
  ["owners.v1.json", "policies/owners.yaml"],
] as const;

const INTRODUCTION = `# File formats

Every key of every file, written from \`schemas/\` by \`npm run docs:formats\`: change it there. In a path, \`[]\` is
each item of a list and \`<…>\` each key of a map.

Every file begins with \`apiVersion: waybill.dev/v1\` and its \`kind\`. It is one YAML 1.2 document without aliases, tags
and merge keys; unknown keys are refused. At most 1 MiB a file, 32 levels, 20,000 versions. An editor checks a file while
you type, if its first line names the schema:

\`\`\`yaml
# yaml-language-server: $schema=../../schemas/promotion.v1.json
\`\`\`
`;

type Schema = Readonly<Record<string, unknown>>;

interface Key {
  readonly path: string;
  readonly schema: Schema;
  readonly required: boolean;
}

/** The text of `docs/formats.md`. */
export function renderFormats(): string {
  const sections = FILES.map(([name, file]) => {
    const schema = recordOf(JSON.parse(readFileSync(join(root, "schemas", name), "utf8")));
    const keys = keysOf(schema, schema, "").map(bullet);
    return `## ${text(schema, "title")}: \`${file}\`\n\n${text(schema, "description")}\n\n${keys.join("\n")}\n`;
  });
  return [INTRODUCTION, ...sections].join("\n");
}

function bullet({ path, schema, required }: Key): string {
  const facts = [typeOf(schema), ...(required ? ["required"] : [])].filter((fact) => fact !== "");
  const [example] = listOf(schema["examples"]);
  const shown = example === undefined ? "" : ` Example: \`${inYaml(example)}\`.`;
  return `- **\`${path}\`** (${facts.join(", ")}): ${text(schema, "description")}${shown}`;
}

/** A schema's keys with all that is below them, in the schema's order. */
function keysOf(whole: Schema, schema: Schema, prefix: string): readonly Key[] {
  const required = listOf(schema["required"]);
  const own = Object.entries(recordOf(schema["properties"])).flatMap(([name, value]) =>
    keyAndBelow(whole, resolved(whole, value), {
      path: prefix === "" ? name : `${prefix}.${name}`,
      required: required.includes(name),
    }),
  );
  const others = schema["additionalProperties"];
  const items = schema["items"];
  return [
    ...own,
    ...(isRecord(others) ? below(whole, others, `${prefix}.<…>`) : []),
    ...(isRecord(items) ? below(whole, items, `${prefix}[]`).filter(saysMore) : []),
  ];
}

function below(whole: Schema, value: Schema, path: string): readonly Key[] {
  return keyAndBelow(whole, resolved(whole, value), { path, required: false });
}

function keyAndBelow(whole: Schema, schema: Schema, key: Omit<Key, "schema">): readonly Key[] {
  return [{ ...key, schema }, ...keysOf(whole, schema, key.path)];
}

/** That an item is a word or a host is said of the list already. */
function saysMore({ path, schema }: Key): boolean {
  return !path.endsWith("[]") || schema["properties"] !== undefined;
}

/** A schema with what it refers to under `$defs`; what it says itself wins. */
function resolved(whole: Schema, value: unknown): Schema {
  const schema = recordOf(value);
  const name = typeof schema["$ref"] === "string" ? schema["$ref"].split("/").at(-1) : undefined;
  return name === undefined ? schema : { ...recordOf(recordOf(whole["$defs"])[name]), ...schema };
}

function typeOf(schema: Schema): string {
  const values = "const" in schema ? [schema["const"]] : listOf(schema["enum"]);
  if (values.length > 0) return values.map((value) => `\`${String(value)}\``).join(" or ");
  return [schema["type"]]
    .flat()
    .map((type) => TYPES.get(String(type)) ?? String(type))
    .join(" or ");
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ["object", "map"],
  ["array", "list"],
  ["integer", "whole number"],
]);

/** JSON with the fewest quotes, as one writes it in YAML. */
function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (isRecord(value)) {
    const members = Object.entries(value).map(
      ([key, member]) => `${inYaml(key)}: ${inYaml(member)}`,
    );
    return `{ ${members.join(", ")} }`;
  }
  const plain = typeof value === "string" && /^[A-Za-z][A-Za-z0-9._/-]*$/.test(value);
  return plain ? value : JSON.stringify(value);
}

function text(schema: Schema, key: string): string {
  const value = schema[key];
  return typeof value === "string" ? value : "";
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function recordOf(value: unknown): Schema {
  return isRecord(value) ? value : {};
}

function isRecord(value: unknown): value is Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

if (import.meta.main) writeFileSync(join(root, "docs", "formats.md"), renderFormats());
