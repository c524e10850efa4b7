import {
  compareText,
  hasErrors,
  parseArtifactRef,
  parseDigest,
  selectLine,
  type DesiredState,
  type Diagnostic,
  type Digest,
  type Place,
} from "#model";
import type { OwnBundle } from "#inventory";
import type { ReadStores } from "#stores";
import { load, type Loaded } from "./load.ts";
import { openRunStores } from "./make-plan.ts";
import { RequestError } from "./request-error.ts";
import { evidenceRepository } from "./trust/attach-rule.ts";
import { pairFinder, type PairFinder } from "./trust/pair-finder.ts";

export type ExportForm = "bundle" | "dsse" | "att";

/** What `waybill evidence export` is asked. */
export interface ExportRequest {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly registriesFile: string | undefined;
  readonly restrictPaths?: boolean | undefined;
  readonly now: Date;
  /** A digest, or PROJECT/NAME@VERSION. */
  readonly target: string;
  readonly channel: string | undefined;
  readonly site: string | undefined;
  readonly type: "vsa" | "promotion" | "notes" | undefined;
  readonly as: ExportForm;
}

/** One statement of ours in the form that was asked for; or what is wrong with the files. */
export type ExportAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "exported"; readonly bytes: Buffer; readonly what: string };

/** `waybill evidence export`: one of our own statements, for programs that take a file (issue 5 §5). */
export async function exportEvidence(
  request: ExportRequest,
  signal: AbortSignal,
): Promise<ExportAnswer> {
  const loaded = await load(request, signal);
  if (hasErrors(loaded.diagnostics)) return { kind: "invalid", diagnostics: loaded.diagnostics };
  const asked = placesOf(request, loaded.desired);
  const stores = await openRunStores(loaded, request);
  try {
    const finder = loaded.trust && (await pairFinder(loaded.trust, { stores, now: request.now }));
    if (finder === undefined)
      throw new RequestError(
        "policies/trust.yaml names nobody who signs (signing), so that no statement is ours.",
      );
    const found: Match[] = [];
    for (const where of asked)
      found.push(...(await matchesAt(where, { loaded, stores, finder, request }, signal)));
    const one = chosen(found, request);
    return { kind: "exported", bytes: await inForm(one.bytes, request.as), what: wordsOf(one) };
  } finally {
    await stores.close();
  }
}

interface Where {
  readonly digest: Digest;
  readonly place: Place;
}

/** The places that may hold the digest; those of the named channel and site. */
function placesOf(
  { target, channel, site }: ExportRequest,
  { artifacts }: DesiredState,
): readonly Where[] {
  const digest = parseDigest(target) ?? lineDigest(target, artifacts);
  const where = artifacts
    .filter(({ lines }) => lines.some((line) => line.digest === digest))
    .flatMap(({ places }) => places)
    .filter((place) => channel === undefined || place.channel === channel)
    .filter((place) => site === undefined || place.site === site)
    .map((place) => ({ digest, place }));
  if (where.length > 0) return where;
  throw new RequestError(
    `No promotion puts ${target} anywhere${channel === undefined ? "" : ` in ${channel}`}${site === undefined ? "" : ` at ${site}`}.`,
  );
}

function lineDigest(target: string, artifacts: DesiredState["artifacts"]): Digest {
  const ref = parseArtifactRef(target);
  if (typeof ref === "string")
    throw new RequestError(`${target}: ${ref}.`, "write a digest, or PROJECT/NAME@VERSION");
  if (ref.selector === undefined)
    throw new RequestError(`${target} names no version.`, "write PROJECT/NAME@VERSION");
  const artifact = artifacts.find(({ id }) => id === `${ref.project}/${ref.name}`);
  const selection = selectLine(artifact?.lines ?? [], ref.selector);
  if (selection.kind === "line") return selection.line.digest;
  throw new RequestError(
    selection.kind === "none"
      ? `No promotion lists ${target}.`
      : `${target} could be any of ${selection.candidates.map(({ version }) => version).join(", ")}.`,
  );
}

interface Match extends OwnBundle {
  readonly place: Place;
}

interface Searching {
  readonly loaded: Loaded;
  readonly stores: ReadStores;
  readonly finder: PairFinder;
  readonly request: ExportRequest;
}

/** Of each kind the newest that the signing authority stands behind. */
async function matchesAt(
  { digest, place }: Where,
  { loaded, stores, finder, request }: Searching,
  signal: AbortSignal,
): Promise<readonly Match[]> {
  const placement = loaded.trust?.channels.get(place.channel)?.attestation;
  const beside = placement === undefined ? [] : [evidenceRepository(placement, place.repository)];
  const bundles: OwnBundle[] = [];
  for (const at of new Set([place.repository, ...beside])) {
    const question = { placed: place.repository, digest, channel: place.channel };
    bundles.push(...(await finder.bundles(stores.read(at), question, signal)));
  }
  const good = bundles
    .filter(({ isGood, statement }) => isGood && [undefined, statement.type].includes(request.type))
    .toSorted((a, b) => compareText(b.statement.time, a.statement.time));
  const byType = Map.groupBy(good, ({ statement }) => statement.type);
  return [...byType.values()].flatMap(([newest]) => (newest ? [{ ...newest, place }] : []));
}

function chosen(found: readonly Match[], { target, as }: ExportRequest): Match {
  const [one, ...others] = found;
  if (one === undefined)
    throw new RequestError(
      `No statement of ours about ${target} was found there that the signing authority of policies/trust.yaml stands behind.`,
      "waybill plan --deep tells what is not attested",
    );
  if (others.length === 0) return one;
  throw new RequestError(
    `${found.length} statements match, and --as ${as} writes one: ${found.map(wordsOf).join("; ")}.`,
    "choose with --channel, --site and --type",
  );
}

function wordsOf({ statement, place, digest }: Match): string {
  return `${statement.type} in ${place.channel} at ${place.site} (${digest})`;
}

/**
 * A bundle as it lies there (cosign 3), its envelope by itself (slsa-verifier, openssl), or the same as a line of what
 * `cosign attach attestation` takes (cosign 2), which has no place for the certificate of a keyless signature.
 */
async function inForm(bytes: Buffer, as: ExportForm): Promise<Buffer> {
  if (as === "bundle") return bytes;
  const { bareEnvelope } = await import("#trust");
  const envelope = bareEnvelope(bytes);
  if (envelope === undefined || (as === "att" && !envelope.isByKey))
    throw new RequestError(
      "A keyless statement cannot be told as cosign's older attestation: that has no place for its certificate.",
      "use --as bundle, which cosign 3 takes",
    );
  return Buffer.from(as === "att" ? `${envelope.text}\n` : envelope.text);
}
