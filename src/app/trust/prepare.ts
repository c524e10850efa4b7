import type { TrustPolicy } from "#model";
import type { TrustedRoot, VerifyingAuthority } from "#trust";

/**
 * Makes a policy's authorities ready to verify with. One that cannot be (its key or root is missing or broken, of which a
 * diagnostic tells) is left out, and so nobody verifies under it.
 */
export async function prepareAll(
  policy: TrustPolicy | undefined,
  files: ReadonlyMap<string, string>,
): Promise<ReadonlyMap<string, VerifyingAuthority>> {
  const prepared = new Map<string, VerifyingAuthority>();
  if (policy === undefined) return prepared;
  const { parseTrustedRoot, prepareAuthority } = await import("#trust");
  const roots = new Map<string, TrustedRoot>();
  for (const { name, file, sha256 } of policy.roots.values()) {
    const text = files.get(file);
    const root = text === undefined ? "absent" : parseTrustedRoot(Buffer.from(text));
    if (typeof root !== "string" && root.sha256 === sha256) roots.set(name, root);
  }
  function keyFile(path: string): Buffer | undefined {
    const text = files.get(path);
    return text === undefined ? undefined : Buffer.from(text);
  }
  for (const authority of policy.authorities.values()) {
    const made = prepareAuthority(authority, { keyFile, roots });
    if (typeof made !== "string") prepared.set(authority.name, made);
  }
  return prepared;
}
