import type { Digest } from "#model";
import type { KeyFile } from "#policy";
import type { TrustContext } from "./context.ts";

/** The public keys of the policy, by the SHA-256 of their SPKI, with the file that each lies in. */
export function keyFiles({
  policy,
  authorities,
}: Pick<TrustContext, "policy" | "authorities">): ReadonlyMap<Digest, KeyFile> {
  const files = new Map<Digest, KeyFile>();
  for (const { name, identity } of policy?.authorities.values() ?? []) {
    const prepared = authorities.get(name);
    if (identity.kind !== "keys" || prepared?.kind !== "keys") continue;
    // An authority is prepared with all of its keys, in the policy's order, or not at all.
    identity.keys.forEach(({ file }, at) => {
      const key = prepared.keys[at]?.key;
      if (key !== undefined) files.set(key.id, { file, type: key.type });
    });
  }
  return files;
}
