import type { EvidenceDemand } from "#model";
import type { Artifact } from "../artifact.ts";
import type { VerifyingAuthority } from "../authority.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import type { Proof } from "../facts.ts";
import { prove } from "../prove.ts";
import type { Sealed } from "../sealed.ts";
import { mergeRoots, parseTrustedRoot, type TrustedRoot } from "../trusted-root.ts";

/** What another thread is asked to prove: signatures, as this one has read them. */
export interface ProofJob {
  readonly id: number;
  readonly sealed: readonly Sealed[];
  readonly artifact: Artifact;
  /** The name of the authority's recipe. */
  readonly basis: string;
  /** The recipe, the first time that a thread hears of it. */
  readonly recipe: AuthorityRecipe | undefined;
}

/** One proof for each signature of the evidence. */
export interface ProofAnswer {
  readonly id: number;
  readonly proofs: readonly Proof[];
}

/** What of an authority goes to another thread: roots as the files that they are read from. */
export interface AuthorityRecipe {
  readonly kind: VerifyingAuthority["kind"];
  readonly keys: readonly PublicKey[];
  readonly roots: readonly Uint8Array[];
  readonly evidence: EvidenceDemand;
}

/** Tells what another thread needs of an authority. */
export function recipeOf(authority: VerifyingAuthority): AuthorityRecipe {
  return {
    kind: authority.kind,
    keys: authority.kind === "keys" ? authority.keys.map(({ key }) => key) : [],
    roots: authority.root?.sources ?? [],
    evidence: authority.evidence,
  };
}

/** Makes an authority that proves the same as the one that the recipe is of; nobody judges by it. */
export function authorityFrom({
  kind,
  keys,
  roots,
  evidence,
}: AuthorityRecipe): VerifyingAuthority {
  const root = rootFrom(roots);
  if (kind === "keys") {
    const always = { validFrom: undefined, validTo: undefined };
    return { kind, keys: keys.map((key) => ({ key, ...always })), root, evidence };
  }
  if (root === undefined) throw new Error("a keyless authority has a root");
  const nobody = { kind: "exactly", text: "" } as const;
  return { kind, issuer: nobody, subject: nobody, extensions: new Map(), root, evidence };
}

function rootFrom(sources: readonly Uint8Array[]): TrustedRoot | undefined {
  const roots = sources.map(parseTrustedRoot).map((root) => {
    if (typeof root === "string") throw new Error(`a root that was read before: ${root}`);
    return root;
  });
  return roots.length > 0 ? mergeRoots(roots) : undefined;
}

/** Proves every signature of a piece of evidence. */
export function proveAll(
  sealed: readonly Sealed[],
  artifact: Artifact,
  authority: VerifyingAuthority,
): readonly Proof[] {
  return sealed.map((one) => prove(one, artifact, authority));
}

/** Signatures as they may be sent: a Buffer would take all the memory with it that it is a part of. */
export function packed(sealed: readonly Sealed[]): readonly Sealed[] {
  return withBytes(sealed, (bytes) => Uint8Array.prototype.slice.call(bytes));
}

/** Does a job on the thread that it was sent to: bytes that crossed over are no Buffers any more. */
export function doJob(
  { id, sealed, artifact }: ProofJob,
  authority: VerifyingAuthority,
): ProofAnswer {
  const own = withBytes(sealed, ({ buffer, byteOffset, byteLength }) =>
    Buffer.from(buffer, byteOffset, byteLength),
  );
  return { id, proofs: proveAll(own, artifact, authority) };
}

/** The same data, its bytes in another kind of array. */
function withBytes<T>(value: T, change: (bytes: Uint8Array) => Uint8Array): T {
  return mapped(value, change) as T;
}

function mapped(value: unknown, change: (bytes: Uint8Array) => Uint8Array): unknown {
  if (value instanceof Uint8Array) return change(value);
  if (Array.isArray(value)) return value.map((item) => mapped(item, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, item]) => [name, mapped(item, change)]),
  );
}
