import type { Policies, SourceFile } from "#desired";
import type { AuthorityKey, Diagnostic, TrustPolicy } from "#model";
import { linkedPolicies } from "./policy-files.ts";

/** Policies and the files that they lie among. */
export interface PoliciesWithFiles {
  readonly policies: Policies;
  readonly files: readonly SourceFile[];
}

/** What is wrong with trust policies and the files that they name: between files, with each of those, and with the time. */
export async function checkOwnFiles(
  { policies, files }: PoliciesWithFiles,
  now: Date,
): Promise<readonly Diagnostic[]> {
  const { checkTrustContext, checkTrustFiles, checkTrustTimes } = await import("#desired");
  const { trust } = policies;
  const between = [...linkedPolicies(files), ...checkTrustContext(policies)];
  if (trust === undefined) return between;
  const byPath = new Map(files.map((file) => [file.path, file]));
  const named = checkTrustFiles({ trust, files: byPath, now });
  const told = new Set(named.map(({ line, column }) => `${line}:${column}`));
  const broken = (await checkContents(trust.policy, byPath)).filter(
    ({ line, column }) => !told.has(`${line}:${column}`),
  );
  return [...between, ...named, ...broken, ...checkTrustTimes(trust, now)];
}

/** Keys and roots that have the right form and yet cannot be read as what they should be. */
async function checkContents(
  policy: TrustPolicy,
  files: ReadonlyMap<string, SourceFile>,
): Promise<readonly Diagnostic[]> {
  const { parsePublicKey, parseTrustedRoot } = await import("#trust");
  function textOf(path: string): Buffer | undefined {
    const file = files.get(path);
    return file === undefined || file.symlink !== undefined ? undefined : Buffer.from(file.text);
  }
  const keys = [...policy.authorities.values()].flatMap(({ identity }) =>
    identity.kind === "keys" ? identity.keys : [],
  );
  return [
    ...keys.flatMap((key) => keyFault(key, parsed(textOf(key.file), parsePublicKey))),
    ...[...policy.roots.values()].flatMap(({ file, at }) => {
      const why = parsed(textOf(file), parseTrustedRoot);
      if (why === undefined) return [];
      return [
        errorAt(at, {
          code: "root-unreadable",
          message: `${file} is no trusted root: ${why}.`,
          expected: "a trusted_root.json as Sigstore publishes it",
          hint: "run waybill trust update, or copy the file again",
        }),
      ];
    }),
  ];
}

function keyFault({ file, at }: AuthorityKey, why: string | undefined): readonly Diagnostic[] {
  if (why === undefined) return [];
  return [
    errorAt(at, {
      code: "key-unreadable",
      message: `${file} is no key to verify with: ${why}.`,
      expected: "a public key of P-256, P-384, P-521, RSA or Ed25519 in PEM",
      hint: "write it with openssl pkey -in KEY -pubout, or cosign public-key --key KEY",
    }),
  ];
}

/** Why bytes cannot be read; undefined where they can, or are not there, which is told elsewhere. */
function parsed(bytes: Buffer | undefined, read: (bytes: Buffer) => unknown): string | undefined {
  if (bytes === undefined) return undefined;
  const found = read(bytes);
  return typeof found === "string" ? found : undefined;
}

function errorAt(
  { file, line, column }: AuthorityKey["at"],
  told: Pick<Diagnostic, "code" | "message"> & { readonly expected: string; readonly hint: string },
): Diagnostic {
  return { file, line, column, severity: "error", ...told };
}
