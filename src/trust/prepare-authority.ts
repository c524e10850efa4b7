import { parseTime, type Authority, type AuthorityKey } from "#model";
import type { VerifyingAuthority, VerifyingKey } from "./authority.ts";
import { parsePublicKey } from "./crypto/public-key.ts";
import { mergeRoots, type TrustedRoot } from "./trusted-root.ts";

/** The files that a policy names, as they lie at its revision. */
export interface AuthorityFiles {
  /** A key's bytes by the path in the policy; undefined: no such file. */
  readonly keyFile: (path: string) => Uint8Array | undefined;
  /** The roots that could be read, by their names in the policy. */
  readonly roots: ReadonlyMap<string, TrustedRoot>;
}

/**
 * Makes an authority of the policy ready to verify with; a string tells why it cannot be, and then nobody verifies under it.
 * Keys need no root; the times of all roots count for them.
 */
export function prepareAuthority(
  { identity, evidence }: Authority,
  files: AuthorityFiles,
): VerifyingAuthority | string {
  switch (identity.kind) {
    case "harbor":
      return "a host signs nothing";
    case "keyless": {
      const { issuer, subject, extensions, root: name } = identity.keyless;
      const root = files.roots.get(name ?? "");
      if (root === undefined) return `the root ${name ?? "(none named)"} could not be read`;
      return { kind: "keyless", issuer, subject, extensions, root, evidence };
    }
    case "keys": {
      const keys: VerifyingKey[] = [];
      for (const item of identity.keys) {
        const key = prepareKey(item, files);
        if (typeof key === "string") return `${item.file}: ${key}`;
        keys.push(key);
      }
      const roots = [...files.roots.values()];
      return {
        kind: "keys",
        keys,
        root: roots.length > 0 ? mergeRoots(roots) : undefined,
        evidence,
      };
    }
  }
}

function prepareKey(
  { file, validFrom, validTo }: AuthorityKey,
  files: AuthorityFiles,
): VerifyingKey | string {
  const bytes = files.keyFile(file);
  if (bytes === undefined) return "there is no such file";
  const key = parsePublicKey(bytes);
  if (typeof key === "string") return key;
  const [from, to] = [timeOf(validFrom), timeOf(validTo)];
  if (from === "bad" || to === "bad") return "its time of validity cannot be read";
  return { key, validFrom: from, validTo: to };
}

function timeOf(text: string | undefined): Date | undefined | "bad" {
  if (text === undefined) return undefined;
  const time = parseTime(text);
  return time === undefined ? "bad" : new Date(time);
}
