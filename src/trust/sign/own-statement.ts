import {
  parseDigest,
  parseTime,
  PROMOTION,
  RELEASE_NOTES,
  VSA,
  type Digest,
  type EvidenceContent,
} from "#model";
import { textAt, valueAt } from "../read-json.ts";
import { resourceUri, VSA_CHANNEL } from "./statements.ts";

/** A statement of ours, as far as a run asks; believed only where its signature is. */
export interface OwnStatement {
  readonly type: "vsa" | "promotion" | "notes";
  /** Where it says the digest was put. */
  readonly repository: string;
  readonly digest: Digest;
  readonly channel: string;
  /** Of a promotion only. */
  readonly site: string | undefined;
  /** RFC 3339: when it was made, as its signer says. */
  readonly time: string;
}

/** Reads an attestation as a statement of ours; undefined where it is somebody else's, or lacks what ours have. */
export function readOwnStatement(content: EvidenceContent): OwnStatement | undefined {
  if (content.kind !== "attestation") return undefined;
  if (content.predicateType === PROMOTION) return readPlaced("promotion", content.predicate);
  if (content.predicateType === RELEASE_NOTES) return readPlaced("notes", content.predicate);
  return content.predicateType === VSA ? readSummary(content.predicate) : undefined;
}

type Predicate = Extract<EvidenceContent, { kind: "attestation" }>["predicate"];

/** What says in `to` where it was put. */
function readPlaced(type: "promotion" | "notes", predicate: Predicate): OwnStatement | undefined {
  const to = valueAt(predicate, "to");
  const repository = textAt(to, "repository");
  const digest = parseDigest(textAt(to, "digest") ?? "");
  const channel = textAt(predicate, "channel");
  const time = timeAt(predicate, "time");
  if (!repository || digest === undefined || !channel || time === undefined) return undefined;
  const site = textAt(predicate, "site");
  return { type, repository, digest, channel, site, time };
}

function readSummary(predicate: Predicate): OwnStatement | undefined {
  const [, repository, text] =
    /^(?:oci:\/\/)?(.+)@([^@]+)$/.exec(textAt(predicate, "resourceUri") ?? "") ?? [];
  const digest = parseDigest(text ?? "");
  const channel = textAt(predicate, VSA_CHANNEL);
  const time = timeAt(predicate, "timeVerified");
  if (textAt(predicate, "verificationResult") !== "PASSED" || repository === undefined)
    return undefined;
  if (digest === undefined || !channel || time === undefined) return undefined;
  // Another spelling of the resource is not ours.
  if (resourceUri(repository, digest) !== textAt(predicate, "resourceUri")) return undefined;
  return { type: "vsa", repository, digest, channel, site: undefined, time };
}

function timeAt(predicate: Predicate, key: string): string | undefined {
  const text = textAt(predicate, key);
  return text !== undefined && parseTime(text) !== undefined ? text : undefined;
}
