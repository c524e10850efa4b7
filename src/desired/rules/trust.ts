import type { Diagnostic } from "#model";
import { errorAt, shown, warningAt } from "../diagnostics.ts";
import type { TrustDocument } from "../documents/trust.ts";
import { suggestion } from "../nearest.ts";
import { itemsOf, nodeAt, textOf, valueOf, type YamlNode } from "../yaml/tree.ts";
import { checkAuthorities } from "./trust-authorities.ts";
import { checkConditions } from "./trust-conditions.ts";
import { checkExceptions } from "./trust-exceptions.ts";
import { checkGlobs } from "./trust-globs.ts";
import { checkOverlaps } from "./trust-overlaps.ts";
import { checkRules } from "./trust-rules.ts";

/** What a trust file says wrong by itself, beside its form (issue 5 §2). */
export function checkTrust(document: TrustDocument): readonly Diagnostic[] {
  return [
    ...checkAuthorities(document),
    ...checkNames(document),
    ...checkUse(document),
    ...checkGlobs(document),
    ...checkConditions(document),
    ...checkRules(document),
    ...checkOverlaps(document),
    ...checkExceptions(document),
  ];
}

/** A place that names an authority. */
interface Naming {
  readonly name: string;
  readonly node: YamlNode;
}

const LISTS: readonly (readonly string[])[] = [
  ["signature", "anyOf"],
  ["sbom", "signedBy"],
  ["provenance", "signedBy"],
  ["vulnerabilities", "signedBy"],
  ["vulnerabilities", "vex", "signedBy"],
  ["attestation", "signedBy"],
];

function namingsOf({ tree }: TrustDocument): readonly Naming[] {
  const lists = itemsOf(valueOf(tree.root, "rules")).flatMap((rule) =>
    itemsOf(valueOf(rule, "require")).flatMap((item) =>
      LISTS.flatMap((path) => itemsOf(nodeAt(item, path))),
    ),
  );
  const signer = nodeAt(tree.root, ["signing", "authority"]);
  return [...lists, ...(signer === undefined ? [] : [signer])].flatMap((node) => {
    const name = textOf(node);
    return name === undefined ? [] : [{ name, node }];
  });
}

function checkNames(document: TrustDocument): readonly Diagnostic[] {
  const { tree, policy } = document;
  return namingsOf(document)
    .filter(({ name }) => !policy.authorities.has(name))
    .map(({ name, node }) =>
      errorAt(tree.positionAt(node.start), "unknown-authority", {
        message: `${shown(name)} is no authority of this file.`,
        expected: "a key under authorities",
        hint: suggestion(name, policy.authorities.keys(), "define it under authorities"),
      }),
    );
}

/** Who is defined and never named can neither help nor hurt, and is most often a mistyped name elsewhere. */
function checkUse(document: TrustDocument): readonly Diagnostic[] {
  const { policy } = document;
  const named = new Set(namingsOf(document).map(({ name }) => name));
  const rooted = new Set(
    [...policy.authorities.values()].map(({ identity }) =>
      identity.kind === "keyless" ? identity.keyless.root : undefined,
    ),
  );
  const unused = [...policy.authorities.values()].filter(({ name }) => !named.has(name));
  const idle = [...policy.roots.values()].filter(({ name }) => !rooted.has(name));
  return [
    ...unused.map(({ at, name }) =>
      warningAt(at, "unused-authority", {
        message: `No rule and no signing names the authority ${shown(name)}.`,
        hint: "name it where its evidence should count, or remove it",
      }),
    ),
    ...idle.map(({ at, name }) =>
      warningAt(at, "unused-root", {
        message: `No authority names the root ${shown(name)}.`,
        hint: "remove it",
      }),
    ),
  ];
}
