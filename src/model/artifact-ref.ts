import type { VersionLine } from "./desired.ts";
import { parseDigest, digestHex, type Digest } from "./digest.ts";
import { isName, isProject, isVersion } from "./grammar.ts";
import { versionIdentity } from "./version.ts";

/** An artifact as a person types it: `project/name`, and maybe which of its versions (contract §1, ARTIFACT). */
export interface ArtifactRef {
  readonly project: string;
  readonly name: string;
  /** A version, a digest, or the first 6 or more hex of one. */
  readonly selector: string | undefined;
}

/** Parses an ARTIFACT; a string tells what is wrong with the text. */
export function parseArtifactRef(text: string): ArtifactRef | string {
  const at = text.indexOf("@");
  const id = at < 0 ? text : text.slice(0, at);
  const selector = at < 0 ? undefined : text.slice(at + 1);
  const slash = id.indexOf("/");
  const project = id.slice(0, Math.max(0, slash));
  const name = id.slice(slash + 1);
  if (slash < 0 || !isProject(project))
    return `"${id}" does not begin with a project: expected PROJECT/NAME`;
  if (!isName(name))
    return `"${name}" is not an artifact's name: lower-case path components joined by "/"`;
  if (selector !== undefined && !isVersion(selector) && parseDigest(selector) === undefined) {
    return `"${selector}" is neither a version nor a digest`;
  }
  return { project, name, selector };
}

/** Which line a selector means: an exact version first, then a digest or its beginning. */
export type Selection =
  | { readonly kind: "line"; readonly line: VersionLine }
  | { readonly kind: "none" }
  | { readonly kind: "ambiguous"; readonly candidates: readonly VersionLine[] };

const SHORT_DIGEST = /^[0-9a-f]{6,}$/;

/** Finds the line that a selector means (contract §1: an exact version wins over a short digest). */
export function selectLine(lines: readonly VersionLine[], selector: string): Selection {
  const named = lines.find((line) => versionIdentity(line.version) === versionIdentity(selector));
  if (named) return { kind: "line", line: named };
  const matching = lines.filter((line) => matches(line.digest, selector));
  const [first] = matching;
  if (first === undefined) return { kind: "none" };
  return matching.length === 1
    ? { kind: "line", line: first }
    : { kind: "ambiguous", candidates: matching };
}

function matches(digest: Digest, selector: string): boolean {
  return (
    digest === selector || (SHORT_DIGEST.test(selector) && digestHex(digest).startsWith(selector))
  );
}
