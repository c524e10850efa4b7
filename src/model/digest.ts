/** A manifest or blob digest in canonical form: `sha256:` + 64 or `sha512:` + 128 lower-case hex. */
export type Digest = string & { readonly __brand: "Digest" };

const DIGEST = /^(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/;

/** Tells whether the text is a digest in canonical form (image-spec, descriptor.md#digests). */
export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

/** Parses a digest; undefined when the text is not one in canonical form. */
export function parseDigest(text: string): Digest | undefined {
  return isDigest(text) ? text : undefined;
}

/** The algorithm part: `sha256` or `sha512`. */
export function digestAlgorithm(digest: Digest): "sha256" | "sha512" {
  return digest.startsWith("sha512:") ? "sha512" : "sha256";
}

/** The hexadecimal part of a digest. */
export function digestHex(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}
