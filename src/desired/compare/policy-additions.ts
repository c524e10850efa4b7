import { readYaml, type SourceFile } from "../yaml/read.ts";
import { entriesOf, type YamlNode } from "../yaml/tree.ts";
import { saying } from "./saying.ts";

/**
 * The sites or channels that a policy file gained; undefined where anything else of it differs, too (issue 6 §1,
 * `policy-and-promotion`).
 */
export function policyAdditions(
  before: SourceFile | undefined,
  now: SourceFile | undefined,
): readonly string[] | undefined {
  const key = KEYS.get(now?.path ?? "");
  if (before === undefined || now === undefined || key === undefined) return undefined;
  const [old, current] = [readYaml(before), readYaml(now)];
  if (old.diagnostics.length + current.diagnostics.length > 0) return undefined;
  const [was, is] = [split(old.tree.root, key), split(current.tree.root, key)];
  const isKept = [...was.named].every(([name, value]) => is.named.get(name) === value);
  if (was.rest !== is.rest || !isKept) return undefined;
  return [...is.named.keys()].filter((name) => !was.named.has(name));
}

const KEYS: ReadonlyMap<string, string> = new Map([
  ["policies/sites.yaml", "sites"],
  ["policies/channels.yaml", "channels"],
]);

interface Parts {
  readonly named: ReadonlyMap<string, string>;
  readonly rest: string;
}

function split(root: YamlNode | undefined, key: string): Parts {
  const entries = entriesOf(root);
  const named = entriesOf(entries.find((entry) => entry.key === key)?.value);
  return {
    named: new Map(named.map((entry) => [entry.key, saying(entry.value)])),
    rest: entries
      .filter((entry) => entry.key !== key)
      .map((entry) => `${entry.key}:${saying(entry.value)}`)
      .toSorted()
      .join("\n"),
  };
}
