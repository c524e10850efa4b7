import { parseTime, type Diagnostic } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import type { TrustDocument } from "../documents/trust.ts";
import { suggestion } from "../nearest.ts";
import { entriesOf, itemsOf, textOf, valueOf, type YamlNode } from "../yaml/tree.ts";

/** The identifiers that scanners use: a database's short name, then numbers or groups. */
const VULNERABILITY = /^[A-Z][A-Za-z0-9]{1,15}(?:-[A-Za-z0-9:.]+){1,6}$/;

/** Exceptions name rules that exist and identifiers that could be one, and every time of the file is a time. */
export function checkExceptions(document: TrustDocument): readonly Diagnostic[] {
  return [...checkNames(document), ...checkTimes(document)];
}

function checkNames({ tree, policy }: TrustDocument): readonly Diagnostic[] {
  const asking = new Set(
    policy.rules
      .filter(({ require }) => require.some(({ type }) => type === "vulnerabilities"))
      .map(({ name }) => name),
  );
  return itemsOf(valueOf(tree.root, "exceptions")).flatMap((item) => {
    const rule = valueOf(item, "rule");
    const vulnerability = valueOf(item, "vulnerability");
    return [...checkRule(rule), ...checkVulnerability(vulnerability)];
  });

  function checkRule(node: YamlNode | undefined): readonly Diagnostic[] {
    const name = textOf(node);
    if (node === undefined || name === undefined || asking.has(name)) return [];
    return [
      errorAt(tree.positionAt(node.start), "unknown-rule", {
        message: `${shown(name)} is no rule that asks for vulnerabilities.`,
        expected: "a rule of this file with a vulnerabilities requirement",
        hint: suggestion(name, asking, "correct the name, or remove the exception"),
      }),
    ];
  }

  function checkVulnerability(node: YamlNode | undefined): readonly Diagnostic[] {
    const text = textOf(node);
    if (node === undefined || text === undefined || VULNERABILITY.test(text)) return [];
    return [
      errorAt(tree.positionAt(node.start), "vulnerability-form", {
        message: `${shown(text)} is no identifier of a vulnerability.`,
        expected:
          "one identifier as scanners write it, such as CVE-2026-1111 or GHSA-xxxx-xxxx-xxxx",
        hint: "an exception is for one vulnerability, by its whole name",
      }),
    ];
  }
}

/** The schema holds a time's form; this holds that there is such a day and hour. */
function checkTimes({ tree }: TrustDocument): readonly Diagnostic[] {
  const roots = entriesOf(valueOf(tree.root, "roots")).map(({ value }) => value);
  const keys = entriesOf(valueOf(tree.root, "authorities")).flatMap(({ value }) => [
    ...(valueOf(value, "key") ? [valueOf(value, "key")] : []),
    ...itemsOf(valueOf(value, "keys")),
  ]);
  const nodes = [
    ...roots.map((node) => valueOf(node, "fetchedAt")),
    ...keys.flatMap((node) => [valueOf(node, "validFrom"), valueOf(node, "validTo")]),
    ...itemsOf(valueOf(tree.root, "exceptions")).map((node) => valueOf(node, "until")),
  ];
  return nodes.flatMap((node) => {
    const text = textOf(node);
    if (node === undefined || text === undefined || parseTime(text) !== undefined) return [];
    return [
      errorAt(tree.positionAt(node.start), "time-form", {
        message: `${shown(text)} is no time.`,
        expected: "a day, or a time as RFC 3339 has it, such as 2026-12-01T00:00:00Z",
        hint: "look at month, day and hour",
      }),
    ];
  });
}
