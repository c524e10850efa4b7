import type { Descriptor } from "./descriptor.ts";
import { digestAlgorithm, digestHex, parseDigest, type Digest } from "./digest.ts";

/**
 * One piece of evidence about a manifest, as a store holds it: a referrer (by the referrers API or the fallback
 * index), or a cosign tag (`sha256-<hex>.sig`, `.att`, `.sbom`). `subject` is the manifest it is about.
 */
export type Evidence =
  | { readonly form: "referrer"; readonly subject: Digest; readonly descriptor: Descriptor }
  | {
      readonly form: "tag";
      readonly subject: Digest;
      readonly tag: string;
      readonly descriptor: Descriptor;
    };

/** What a tag that is about a digest is: the referrers fallback index, or one of cosign's forms. */
export interface EvidenceTag {
  readonly subject: Digest;
  readonly form: "fallback" | "sig" | "att" | "sbom";
}

const EVIDENCE_TAG = /^(sha256|sha512)-([0-9a-f]{64,128})(?:\.(sig|att|sbom))?$/;

/** Reads a tag as evidence about a digest; undefined for every other tag (distribution-spec, referrers tag schema; cosign). */
export function parseEvidenceTag(tag: string): EvidenceTag | undefined {
  const match = EVIDENCE_TAG.exec(tag);
  const subject = match && parseDigest(`${match[1]}:${match[2]}`);
  if (!match || !subject) return undefined;
  return { subject, form: (match[3] ?? "fallback") as EvidenceTag["form"] };
}

/** Tells whether a tag is evidence about some digest; a fallback tag of a sha512 digest is cut, so that it does not tell which. */
export function isEvidenceTag(tag: string): boolean {
  return parseEvidenceTag(tag) !== undefined || /^sha512-[0-9a-f]{64}$/.test(tag);
}

/** The fallback tag of the referrers of a digest: `<alg>-<hex>`, the hex cut to 64 characters (distribution-spec). */
export function fallbackTag(digest: Digest): string {
  return `${digestAlgorithm(digest)}-${digestHex(digest).slice(0, 64)}`;
}

/** The cosign tags that may hold evidence about a digest. */
export function cosignTags(digest: Digest): readonly string[] {
  const stem = `${digestAlgorithm(digest)}-${digestHex(digest)}`;
  return [`${stem}.sig`, `${stem}.att`, `${stem}.sbom`];
}
