import {
  KINDS,
  type Authority,
  type AuthorityIdentity,
  type AuthorityKey,
  type Demand,
  type EvidenceDemand,
  type NeverPromote,
  type Signing,
  type TextDemand,
  type TrustException,
  type TrustPolicy,
  type TrustRoot,
} from "#model";
import {
  entriesOf,
  itemsOf,
  nodeAt,
  textOf,
  textsOf,
  valueOf,
  type YamlEntry,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";
import { patternOf } from "./conditions.ts";
import { durationOf, globsOf, ruleOf } from "./trust-rules.ts";

/** `policies/trust.yaml`, typed as far as it could be understood. */
export interface TrustDocument {
  readonly file: string;
  readonly tree: YamlTree;
  readonly policy: TrustPolicy;
}

/** Reads the tree of a trust file; what is broken was reported, and never makes the policy weaker. */
export function trustOf(tree: YamlTree): TrustDocument {
  const { root } = tree;
  const roots = entriesOf(valueOf(root, "roots")).map((entry) => rootOf(tree, entry));
  const authorities = entriesOf(valueOf(root, "authorities")).map((entry) =>
    authorityOf(tree, entry),
  );
  return {
    file: tree.file,
    tree,
    policy: {
      roots: new Map(roots.map((item) => [item.name, item])),
      authorities: new Map(authorities.map((item) => [item.name, item])),
      allowedSources: globsOf(nodeAt(root, ["sources", "allow"])),
      neverPromote: itemsOf(valueOf(root, "neverPromote")).map((item) => neverOf(tree, item)),
      rules: itemsOf(valueOf(root, "rules")).flatMap((item) => ruleOf(tree, item)),
      exceptions: itemsOf(valueOf(root, "exceptions")).flatMap((item) => exceptionOf(tree, item)),
      signing: signingOf(tree, valueOf(root, "signing")),
      noMatch: textOf(valueOf(root, "noMatch")) === "allow" ? "allow" : "deny",
    },
  };
}

function rootOf(tree: YamlTree, { key, keyStart, value }: YamlEntry): TrustRoot {
  return {
    name: key,
    file: textOf(valueOf(value, "file")) ?? "",
    sha256: textOf(valueOf(value, "sha256")) ?? "",
    fetchedAt: textOf(valueOf(value, "fetchedAt")) ?? "",
    maxAge: durationOf(valueOf(value, "maxAge")),
    onStale: textOf(valueOf(value, "onStale")) === "fail" ? "fail" : "warn",
    at: tree.positionAt(keyStart),
  };
}

function authorityOf(tree: YamlTree, { key, keyStart, value }: YamlEntry): Authority {
  const identity = identityOf(tree, value);
  return {
    name: key,
    identity,
    evidence: demandsOf(valueOf(value, "evidence"), identity.kind === "keyless"),
    signatureRepository: textOf(valueOf(value, "signatureRepository")),
    at: tree.positionAt(keyStart),
  };
}

/** An authority of which nothing can be read is one of no keys: nothing verifies under it. */
function identityOf(tree: YamlTree, node: YamlNode): AuthorityIdentity {
  const keyless = valueOf(node, "keyless");
  const host = textOf(nodeAt(node, ["harbor", "host"]));
  if (host !== undefined) return { kind: "harbor", host: host.toLowerCase() };
  if (keyless === undefined) {
    const single = valueOf(node, "key");
    const keys = single === undefined ? itemsOf(valueOf(node, "keys")) : [single];
    return { kind: "keys", keys: keys.flatMap((key) => keyOf(tree, key)) };
  }
  const extensions = entriesOf(valueOf(keyless, "extensions"));
  return {
    kind: "keyless",
    keyless: {
      issuer: demandOf(keyless, "issuer"),
      subject: demandOf(keyless, "subject"),
      root: textOf(valueOf(keyless, "root")),
      extensions: new Map(extensions.map((entry) => [entry.key, textOf(entry.value) ?? "\0"])),
    },
  };
}

function demandOf(keyless: YamlNode, key: "issuer" | "subject"): TextDemand {
  const text = textOf(valueOf(keyless, key));
  return text === undefined
    ? { kind: "pattern", pattern: patternOf(valueOf(keyless, `${key}RegExp`)) }
    : { kind: "exactly", text };
}

function keyOf(tree: YamlTree, node: YamlNode): readonly AuthorityKey[] {
  const file = textOf(valueOf(node, "file"));
  if (file === undefined) return [];
  return [
    {
      file,
      validFrom: textOf(valueOf(node, "validFrom")),
      validTo: textOf(valueOf(node, "validTo")),
      at: tree.positionAt(node.start),
    },
  ];
}

/** The defaults of issue 5 §2: keyless needs a log entry or a timestamp, and an SCT; a key needs none. */
function demandsOf(node: YamlNode | undefined, keyless: boolean): EvidenceDemand {
  const otherwise: Demand = keyless ? "optional" : "none";
  return {
    tlog: demandAt(node, "tlog") ?? otherwise,
    inclusionProof: demandAt(node, "inclusionProof") ?? otherwise,
    timestamp: demandAt(node, "timestamp") ?? otherwise,
    sct: demandAt(node, "sct") ?? (keyless ? "required" : "none"),
  };
}

function demandAt(node: YamlNode | undefined, key: string): Demand | undefined {
  const text = textOf(valueOf(node, key));
  return text === "required" || text === "optional" || text === "none" ? text : undefined;
}

function neverOf(tree: YamlTree, node: YamlNode): NeverPromote {
  const kinds = valueOf(node, "kinds");
  return {
    sources: globsOf(valueOf(node, "sources")),
    projects: globsOf(valueOf(node, "projects")),
    names: globsOf(valueOf(node, "names")),
    kinds: kinds === undefined ? undefined : KINDS.filter((kind) => textsOf(kinds).includes(kind)),
    channels: globsOf(valueOf(node, "channels")),
    reason: textOf(valueOf(node, "reason")) ?? "",
    at: tree.positionAt(node.start),
  };
}

function exceptionOf(tree: YamlTree, node: YamlNode): readonly TrustException[] {
  const [rule, vulnerability, artifact, until] = ["rule", "vulnerability", "artifact", "until"].map(
    (key) => textOf(valueOf(node, key)),
  );
  if (!rule || !vulnerability || !artifact || !until) return [];
  const reason = textOf(valueOf(node, "reason")) ?? "";
  return [{ rule, vulnerability, artifact, reason, until, at: tree.positionAt(node.start) }];
}

function signingOf(tree: YamlTree, node: YamlNode | undefined): Signing | undefined {
  const authority = textOf(valueOf(node, "authority"));
  const verifierId = textOf(valueOf(node, "verifierId"));
  if (node === undefined || authority === undefined || verifierId === undefined) return undefined;
  return { authority, verifierId, at: tree.positionAt(node.start) };
}
