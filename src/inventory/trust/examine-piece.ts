import type { Digest, EvidenceContent, EvidenceFact, EvidenceForm, Json } from "#model";
import type { ReadRepository } from "#stores";
import type { Artifact, OtherVerifier, VerifyingAuthority } from "#trust";
import type { EvidencePiece, Pieces } from "./evidence-pieces.ts";
import type { Examiner } from "./examiner.ts";
import { readBytes } from "./read-bytes.ts";

/** What every piece about one subject is examined for. */
export interface Examination {
  readonly examiner: Examiner;
  readonly subject: Digest;
  readonly artifact: Artifact;
  readonly authorities: ReadonlyMap<string, VerifyingAuthority>;
  readonly others: readonly OtherVerifier[];
  readonly now: Date;
}

const SIGNED =
  /^application\/(?:vnd\.dev\.sigstore\.bundle|vnd\.dev\.cosign\.simplesigning\.v1\+json|vnd\.dsse\.envelope\.v1\+json|vnd\.in-toto\+json)/;
const SBOM =
  /^(?:application\/(?:spdx\+json|vnd\.cyclonedx\+json)|text\/spdx\+json|application\/vnd\.cyclonedx)(?:;|$)/;
const SBOM_OTHER = /spdx|cyclonedx|\bsyft\b/;

/** Reads one piece of evidence and examines it. Throws a StoreError where its bytes cannot be had. */
export async function examinePiece(
  repository: ReadRepository,
  piece: EvidencePiece,
  examination: Examination,
  signal: AbortSignal,
): Promise<EvidenceFact> {
  const { layer, mediaType, annotations, digest } = piece;
  const { subject, examiner } = examination;
  if (!isEvaluated(piece, examination)) return notEvaluated(piece, subject);
  if (layer.size > examiner.MAX_EVIDENCE) return tooLarge(piece, examination);
  const bytes = await readBytes(repository, layer, signal);
  if (SBOM.test(mediaType)) return billOfMaterials(piece, examination, bytes);
  const asked = { ...examination, digest };
  const fact = await examiner.examine({ mediaType, bytes, annotations }, asked);
  if (!fact.unsigned) return fact;
  // Nobody signed it, so there is nothing that an authority could have been tried on.
  return { ...fact, content: boundContent(fact, examiner, bytes), checks: [] };
}

/** How many bytes of a piece are read: none of what nobody here evaluates, or of what is larger than any evidence. */
export function bytesRead(piece: EvidencePiece, examination: Examination): number {
  const { size } = piece.layer;
  return isEvaluated(piece, examination) && size <= examination.examiner.MAX_EVIDENCE ? size : 0;
}

function isEvaluated({ mediaType }: EvidencePiece, { others }: Examination): boolean {
  return (
    SBOM.test(mediaType) ||
    SIGNED.test(mediaType) ||
    others.some(({ mediaTypes }) => mediaTypes.has(mediaType))
  );
}

/** Whatever a manifest holds that nobody here evaluates: told, and never read. */
export function factOfNothing(
  { artifactType, why }: Extract<Pieces, { kind: "nothing" }>,
  digest: Digest,
  subject: Digest,
): EvidenceFact {
  const content: EvidenceContent = { kind: "unreadable", why };
  return { digest, subject, form: formOf(artifactType), content, checks: [], unsigned: false };
}

function notEvaluated({ digest, mediaType }: EvidencePiece, subject: Digest): EvidenceFact {
  const form = formOf(mediaType);
  const what = form === "notation" ? "a signature of Notation" : mediaType.slice(0, 100);
  const why = `present, not evaluated: ${what}`;
  return {
    digest,
    subject,
    form,
    content: { kind: "unreadable", why },
    checks: [],
    unsigned: false,
  };
}

function tooLarge(
  { digest, layer, mediaType }: EvidencePiece,
  { subject, examiner }: Examination,
): EvidenceFact {
  const why = `it has ${layer.size} bytes, more than the ${examiner.MAX_EVIDENCE} that any evidence has, and was not read`;
  return {
    digest,
    subject,
    form: formOf(mediaType),
    content: { kind: "unreadable", why },
    checks: [],
    unsigned: false,
  };
}

function formOf(mediaType: string): EvidenceForm {
  if (mediaType.startsWith("application/vnd.dev.sigstore.bundle")) return "bundle";
  if (mediaType.startsWith("application/vnd.dev.cosign.simplesigning")) return "legacy";
  if (mediaType.startsWith("application/vnd.dsse")) return "dsse";
  if (mediaType.startsWith("application/vnd.in-toto")) return "in-toto";
  if (/^application\/(?:jose\+json|cose|vnd\.cncf\.notary)/.test(mediaType)) return "notation";
  return SBOM_OTHER.test(mediaType) ? "sbom" : "other";
}

/** A bill of materials by itself, which a referrer or tag binds; whether it is one, policy judges from the document. */
function billOfMaterials(
  { digest }: EvidencePiece,
  { subject, examiner }: Examination,
  bytes: Buffer,
): EvidenceFact {
  const read = examiner.readJson(bytes, examiner.MAX_EVIDENCE);
  const content: EvidenceContent =
    read.kind === "json"
      ? { kind: "sbom", document: read.value }
      : { kind: "unreadable", why: `it is no bill of materials: ${read.why}` };
  return { digest, subject, form: "sbom", content, checks: [], unsigned: read.kind === "json" };
}

/** An unsigned statement names its subjects: one about another digest is bound to ours by nothing. */
function boundContent(
  { content, subject }: EvidenceFact,
  examiner: Examiner,
  bytes: Buffer,
): EvidenceContent {
  if (content.kind !== "attestation") return content;
  const read = examiner.readJson(bytes, examiner.MAX_EVIDENCE);
  const subjects = read.kind === "json" ? subjectsIn(read.value) : [];
  return subjects.includes(subject)
    ? content
    : { kind: "unreadable", why: `it is a statement about ${subjects[0] ?? "no digest"}` };
}

function subjectsIn(statement: Json): readonly string[] {
  const subjects = memberOf(statement, "subject");
  if (!Array.isArray(subjects)) return [];
  return subjects.flatMap((item: Json) => {
    const digest = memberOf(item, "digest");
    return ["sha256", "sha512"].flatMap((name) => {
      const hex = memberOf(digest, name);
      return typeof hex === "string" ? [`${name}:${hex.slice(0, 128)}`] : [];
    });
  });
}

function memberOf(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
  const found: unknown = Reflect.get(value, key);
  return found as Json;
}
