import { parseTrustedRoot, type TrustedRoot } from "./trusted-root.ts";
import publicGood from "./roots/public-good.json" with { type: "json" };

/** The copy of a trusted root that is in the package, and when it was taken. */
export interface DefaultRoot {
  readonly name: string;
  readonly root: TrustedRoot;
  /** A day; see `roots/README.md`. */
  readonly fetchedAt: string;
}

/** The root of Sigstore's public instance as `@sigstore/tuf` 5.0.1 carried it; for `verify-bundle` alone (issue 5 §3). */
export function defaultRoot(): DefaultRoot {
  const root = parseTrustedRoot(Buffer.from(JSON.stringify(publicGood)));
  if (typeof root === "string") throw new Error(`the root in the package is broken: ${root}`);
  return { name: "Sigstore's public instance", root, fetchedAt: "2026-11-05" };
}
