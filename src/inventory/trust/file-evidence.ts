import {
  digestHex,
  type AuthorityCheck,
  type Descriptor,
  type EvidenceFact,
  type Manifest,
} from "#model";
import { parseLayers, type ReadRepository } from "#stores";
import type { Examination } from "./examine-piece.ts";
import { readBytes } from "./read-bytes.ts";

/** A file of an artifact, under its title. */
interface TitledFile {
  readonly title: string;
  readonly layer: Descriptor;
}

const TITLE = "org.opencontainers.image.title";
const SIDECAR = /\.(?:sigstore(?:\.json)?|bundle|sig)$/;
const SUMS = /^(?:SHA256SUMS|sha256sums?\.txt|checksums\.txt)$/;
/** A list of digests, a signature: no text of this kind is larger. */
const MAX_SIDECAR = 1024 * 1024;
const MAX_FILES = 1_000;

/**
 * Evidence that lies among an artifact's own files: signatures beside files (`X.sig`, `X.sigstore.json`), and `SHA256SUMS`.
 * It is about the whole manifest only where every file is covered by it (002-27, 002-15). Throws a StoreError where one
 * cannot be read.
 */
export async function fileEvidence(
  repository: ReadRepository,
  manifest: Manifest,
  examination: Examination,
  signal: AbortSignal,
): Promise<readonly EvidenceFact[]> {
  const files = parseLayers(manifest, repository.repository).flatMap(titled);
  if (files.length === 0 || files.length > MAX_FILES) return [];
  const sums = files.find(({ title }) => SUMS.test(title.slice(title.lastIndexOf("/") + 1)));
  const own = files.filter((file) => file !== sums && !SIDECAR.test(file.title));
  const reading: Reading = { repository, files, examination };
  return [
    ...(sums === undefined ? [] : await bySums(reading, sums, own, signal)),
    ...(await bySidecars(reading, own, signal)),
  ];
}

interface Reading {
  readonly repository: ReadRepository;
  readonly files: readonly TitledFile[];
  readonly examination: Examination;
}

function titled(layer: Descriptor): readonly TitledFile[] {
  const title = layer.annotations?.[TITLE];
  return title === undefined ? [] : [{ title, layer }];
}

/** What a list of digests covers, and who signed the list. */
async function bySums(
  reading: Reading,
  sums: TitledFile,
  own: readonly TitledFile[],
  signal: AbortSignal,
): Promise<readonly EvidenceFact[]> {
  const { subject } = reading.examination;
  const base = { digest: sums.layer.digest, subject, form: "sums", checks: [] } as const;
  if (sums.layer.size > MAX_SIDECAR) return [];
  const bytes = await readBytes(reading.repository, sums.layer, signal);
  const why = uncovered(bytes.toString("utf8"), own);
  if (why !== undefined)
    return [{ ...base, content: { kind: "unreadable", why }, unsigned: false }];
  const signatures = await signaturesOf(reading, sums, bytes, signal);
  return [{ ...base, content: { kind: "signature" }, unsigned: true }, ...signatures];
}

/** Why a list does not cover the files: one is not in it, or with another digest. */
function uncovered(text: string, own: readonly TitledFile[]): string | undefined {
  const listed = new Map(
    text.split("\n").flatMap((line) => {
      const [, hex = "", name = ""] = /^([0-9a-f]{64}) [ *](?:\.\/)?(.+?)\r?$/.exec(line) ?? [];
      return hex === "" ? [] : [[name, hex] as const];
    }),
  );
  for (const { title, layer } of own) {
    const hex = listed.get(title);
    if (hex === undefined) return `it does not list ${title.slice(0, 200)}`;
    if (hex !== digestHex(layer.digest))
      return `it gives another digest for ${title.slice(0, 200)}`;
  }
  return own.length === 0 ? "there is no file that it could list" : undefined;
}

/** Signatures beside one file, each as it was examined; their subject is the manifest that holds the file. */
async function signaturesOf(
  { repository, files, examination }: Reading,
  file: TitledFile,
  bytes: Buffer | undefined,
  signal: AbortSignal,
): Promise<readonly EvidenceFact[]> {
  const { examiner } = examination;
  const artifact =
    bytes === undefined
      ? examiner.artifactOfDigest(file.layer.digest)
      : examiner.artifactOfBytes(bytes);
  const beside = files.filter(
    ({ title, layer }) =>
      layer.size <= MAX_SIDECAR && SIDECAR.test(title) && title.replace(SIDECAR, "") === file.title,
  );
  return Promise.all(
    beside.map(async ({ layer }) => {
      const signature = await readBytes(repository, layer, signal);
      const request = { ...examination, artifact, digest: layer.digest };
      return examiner.examine({ mediaType: undefined, bytes: signature }, request);
    }),
  );
}

/** Signatures beside every file, together: an authority has signed the artifact where it has signed each of them. */
async function bySidecars(
  reading: Reading,
  own: readonly TitledFile[],
  signal: AbortSignal,
): Promise<readonly EvidenceFact[]> {
  const perFile: (readonly EvidenceFact[])[] = [];
  for (const file of own) perFile.push(await signaturesOf(reading, file, undefined, signal));
  const [first = [], ...others] = perFile;
  if (others.length === 0) return first;
  return first.map((fact) => ({
    ...fact,
    checks: fact.checks.map((check) => {
      const missing = others.findIndex((facts) => !facts.some((item) => agrees(item, check)));
      return missing < 0 || check.outcome !== "pass"
        ? check
        : lacking(check, own[missing + 1]?.title ?? "");
    }),
  }));
}

function agrees({ checks }: EvidenceFact, { authority }: AuthorityCheck): boolean {
  return checks.some((check) => check.authority === authority && check.outcome === "pass");
}

function lacking({ authority }: AuthorityCheck, title: string): AuthorityCheck {
  return {
    authority,
    outcome: "fail",
    check: "subject",
    expected: "every file signed",
    found: `${title.slice(0, 200)} is not`,
  };
}
