import { parseAddress, parseDigest, repositoryAt, type Digest, type Repository } from "#model";
import { fromRoot, type Standing } from "../from-root.ts";
import { RequestError } from "../request-error.ts";

/** A REF as a person types it: a repository, and a tag, a digest, or both (contract §1). */
export interface Reference {
  readonly repository: Repository;
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
}

const TAG = /^(.*[^/]):([A-Za-z0-9_][A-Za-z0-9._-]{0,127})$/s;

/** Reads a REF; what names no repository, or neither tag nor digest, is a RequestError. */
export function referenceNamed(text: string, standing: Standing): Reference {
  const at = text.lastIndexOf("@");
  const digest = at < 0 ? undefined : parseDigest(text.slice(at + 1));
  const named = digest === undefined ? text : text.slice(0, at);
  const slash = named.lastIndexOf("/");
  const [, head, tag] = TAG.exec(named.slice(slash + 1)) ?? [];
  const path = head === undefined ? named : named.slice(0, slash + 1) + head;
  const address = parseAddress(path);
  if (typeof address === "string")
    throw new RequestError(
      `${text} is neither an ARTIFACT nor a REF: ${address}.`,
      "write PROJECT/NAME[@VERSION], or REGISTRY/PATH@sha256:…",
    );
  if (tag === undefined && digest === undefined)
    throw new RequestError(`${text} names no tag and no digest.`, "write REPOSITORY@sha256:…");
  return { repository: repositoryAt(fromRoot(address, standing)), tag, digest };
}
