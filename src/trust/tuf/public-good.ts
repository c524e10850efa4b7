import root from "../roots/public-good.tuf.json" with { type: "json" };

/** Where Sigstore's public instance keeps its TUF repository. */
export const PUBLIC_GOOD_MIRROR = "https://tuf-repo-cdn.sigstore.dev";

/** Version 16 of that repository's root, as `@sigstore/tuf` 5.0.1 carried it: every later one is vouched for by it. */
export function publicGoodAnchor(): Uint8Array {
  return Buffer.from(JSON.stringify(root));
}
