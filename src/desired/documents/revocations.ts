import { parseDigest, type Digest, type Revocation, type RevocationTarget } from "#model";
import {
  booleanOf,
  itemsOf,
  nodeAt,
  textOf,
  textsOf,
  valueOf,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";

/** `policies/revocations.yaml`, typed as far as it could be understood. */
export interface RevocationsDocument {
  readonly file: string;
  readonly tree: YamlTree;
  readonly revocations: readonly Revocation[];
}

/** Reads the tree of a revocations file; an entry that says not what it revokes was reported and is left out. */
export function revocationsOf(tree: YamlTree): RevocationsDocument {
  const items = itemsOf(valueOf(tree.root, "revocations"));
  const revocations = items.flatMap((item) => revocationOf(tree, item));
  return { file: tree.file, tree, revocations };
}

function revocationOf(tree: YamlTree, node: YamlNode): readonly Revocation[] {
  const lifted = valueOf(node, "rescinded");
  const shared = {
    revokedAt: textOf(valueOf(node, "at")),
    reason: textOf(valueOf(node, "reason")) ?? "",
    reference: textOf(valueOf(node, "reference")),
    rescinded: lifted === undefined ? undefined : liftOf(lifted),
    at: tree.positionAt(node.start),
  };
  return targetsOf(node).map((target) => ({ ...shared, target }));
}

function liftOf(node: YamlNode): Revocation["rescinded"] {
  const at = textOf(valueOf(node, "at"));
  const reason = textOf(valueOf(node, "reason"));
  return at === undefined || reason === undefined ? undefined : { at, reason };
}

/** What an entry revokes. It should be one thing; where a person wrote several, all of them are revoked. */
function targetsOf(node: YamlNode): readonly RevocationTarget[] {
  const digest = digestOf(valueOf(node, "digest"));
  const key = digestOf(valueOf(node, "key"));
  const evidence = digestOf(valueOf(node, "evidence"));
  const authority = textOf(valueOf(node, "authority"));
  const subject = textOf(nodeAt(node, ["identity", "subject"]));
  const only = booleanOf(valueOf(node, "only")) ?? false;
  const issuer = textOf(nodeAt(node, ["identity", "issuer"]));
  return [
    ...(digest === undefined ? [] : [{ kind: "digest", digest, only } as const]),
    ...(key === undefined ? [] : [{ kind: "key", key } as const]),
    ...(evidence === undefined ? [] : [{ kind: "evidence", evidence } as const]),
    ...(authority === undefined ? [] : [{ kind: "authority", authority } as const]),
    ...(subject === undefined ? [] : [{ kind: "identity", subject, issuer } as const]),
    ...versionsOf(node),
  ];
}

function versionsOf(node: YamlNode): readonly RevocationTarget[] {
  const project = textOf(valueOf(node, "project"));
  const name = textOf(valueOf(node, "name"));
  const range = textOf(valueOf(node, "versions"));
  if (project === undefined || name === undefined || range === undefined) return [];
  const digests = textsOf(valueOf(node, "digests")).flatMap((text) => parseDigest(text) ?? []);
  return [{ kind: "versions", project, name, range, digests }];
}

function digestOf(node: YamlNode | undefined): Digest | undefined {
  return parseDigest(textOf(node) ?? "");
}
