import {
  addressOf,
  cosignTags,
  registryEntryOf,
  type AttestationPlacement,
  type Manifest,
  type Place,
  type ReleaseNotes,
  type Repository,
} from "#model";
import type { EvidenceSigner } from "#trust";
import type { Stores } from "#stores";
import type { Loaded } from "../load.ts";
import { RequestError } from "../request-error.ts";
import { chooseHome, evidenceRepository } from "../trust/attach-rule.ts";
import type { SigningRequest } from "../trust/open-attestor.ts";
import { pairFinder, type PairFinder } from "../trust/pair-finder.ts";
import type { NotesQuestion } from "./gather-notes.ts";

/** What came of the notes at one site. */
export interface AttachedNotes {
  readonly site: string;
  /** Where they are, or would be. */
  readonly repository: Repository;
  readonly status: "attached" | "there" | "failed";
  /** Why not, or where and why there. */
  readonly message: string;
}

/** With what notes are attached. */
export interface AttachingBy {
  readonly loaded: Loaded;
  readonly stores: Stores;
  readonly signing: SigningRequest;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
}

/** What is attached. */
export interface ToAttach {
  readonly notes: ReleaseNotes;
  readonly question: NotesQuestion;
}

/**
 * Signs notes as the policy signs statements, and attaches them wherever the channel holds the version: where git says so,
 * what verifies under the policy, once. Notes that are there and verify stay as they are (002-65).
 * @throws {RequestError} where the channel attests nothing, nobody signs, or the files are not committed
 */
export async function attachNotes(
  { notes, question }: ToAttach,
  by: AttachingBy,
  signal: AbortSignal,
): Promise<readonly AttachedNotes[]> {
  const { artifact, line, channel } = question;
  const places = artifact.places.filter(
    (place) =>
      place.channel === channel && place.wants.some((want) => want.line.version === line.version),
  );
  const placement = placementIn(channel, by.loaded);
  const finder = await finderOf(by);
  const signer = await signerOf(finder, by);
  if (notes.changes.kind === "unread") {
    const message = `There are no notes to attach: ${notes.changes.why}`;
    return places.map((place) => failed(place, message));
  }
  const attaching: Attaching = { ...by, notes, placement, finder, signer };
  const attached: AttachedNotes[] = [];
  for (const place of places) attached.push(await attachAt(place, attaching, signal));
  return attached;
}

function placementIn(
  channel: string | undefined,
  { channels, revisions }: Loaded,
): AttestationPlacement {
  if (channel === undefined)
    throw new RequestError("Notes are attached in a channel.", "add --channel CHANNEL");
  if (revisions.uncommitted.length > 0)
    throw new RequestError(
      `Notes are attached to what git says, and ${revisions.uncommitted[0] ?? ""} is not committed.`,
      "commit it first",
    );
  const placement = channels.get(channel)?.attestation;
  if (placement === undefined || placement.attach === "none")
    throw new RequestError(
      `${channel} attests nothing, so that nothing says where its notes go.`,
      "give the channel an `attestation` in policies/channels.yaml",
    );
  return placement;
}

async function finderOf({ loaded, stores, now }: AttachingBy): Promise<PairFinder> {
  const finder = loaded.trust && (await pairFinder(loaded.trust, { stores, now: now() }));
  if (finder !== undefined) return finder;
  throw new RequestError(
    "policies/trust.yaml names nobody who signs (signing), so that notes would be nobody's.",
  );
}

async function signerOf(
  { authority }: PairFinder,
  { signing, env, now }: AttachingBy,
): Promise<EvidenceSigner> {
  const { openSigner } = await import("#trust");
  const signer = await openSigner(signing, { env, folder: signing.folder, now }, authority);
  if (signer !== undefined) return signer;
  throw new RequestError(
    "There is nothing to sign with; nothing was attached.",
    "give --sign-key env:NAME|file:PATH|exec:COMMAND or WAYBILL_SIGN_KEY, or --identity-token-file with --fulcio-url",
  );
}

interface Attaching extends AttachingBy {
  readonly notes: ReleaseNotes;
  readonly placement: AttestationPlacement;
  readonly finder: PairFinder;
  readonly signer: EvidenceSigner;
}

function failed({ site, repository }: Place, message: string): AttachedNotes {
  return { site, repository, status: "failed", message };
}

/** A store that fails fails this site alone (promise 7). */
async function attachAt(
  place: Place,
  attaching: Attaching,
  signal: AbortSignal,
): Promise<AttachedNotes> {
  const [{ StoreError }, { SignError }] = await Promise.all([import("#stores"), import("#trust")]);
  try {
    return await attachOne(place, attaching, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof StoreError || error instanceof SignError)
      return failed(place, error.message);
    throw error;
  }
}

async function attachOne(
  place: Place,
  attaching: Attaching,
  signal: AbortSignal,
): Promise<AttachedNotes> {
  const { stores, notes, placement } = attaching;
  const { site, repository: placed } = place;
  const manifest = await stores.read(placed).manifest(notes.digest, signal);
  if (manifest === undefined)
    return failed(place, `${placed} does not hold ${notes.digest} yet: apply it first.`);
  const beside = evidenceRepository(placement, placed);
  for (const repository of new Set([placed, beside]))
    if (await hasNotes(repository, place, attaching, signal))
      return { site, repository, status: "there", message: "signed notes are there" };
  const home = await homeFor(place, attaching, signal);
  if (home.kind === "full")
    return failed(place, `${home.referrers} referrers are more than some verifiers read.`);
  await write({ place, home: home.repository, manifest }, attaching, signal);
  return { site, repository: home.repository, status: "attached", message: home.reason };
}

/** Whether somebody whom the policy lets sign has told the notes of this version in this channel. */
async function hasNotes(
  repository: Repository,
  { repository: placed, channel }: Place,
  { stores, finder, notes: { digest } }: Attaching,
  signal: AbortSignal,
): Promise<boolean> {
  const question = { placed, digest, channel };
  const found = await finder.bundles(stores.read(repository), question, signal);
  return found.some(({ isGood, statement }) => isGood && statement.type === "notes");
}

async function homeFor(
  { repository: placed }: Place,
  { stores, loaded, placement, notes: { digest } }: Attaching,
  signal: AbortSignal,
): Promise<ReturnType<typeof chooseHome>> {
  const at = stores.read(placed);
  const [tag] = cosignTags(digest).filter((name) => name.endsWith(".sig"));
  const address = addressOf(placed);
  return chooseHome({
    placement,
    placed,
    isHarbor:
      address.kind === "registry" &&
      registryEntryOf(address.host, loaded.registries)?.product === "harbor",
    referrers: await at.referrers(digest, signal),
    carried: [],
    hasLegacyTag: tag !== undefined && (await at.head(tag, signal)) !== undefined,
  });
}

interface Writing {
  readonly place: Place;
  readonly home: Repository;
  readonly manifest: Manifest;
}

async function write(
  { place, home, manifest }: Writing,
  { stores, notes, finder, signer, signing, now }: Attaching,
  signal: AbortSignal,
): Promise<void> {
  const [{ makeNotes }, { notesDocument }, { writeEvidence }] = await Promise.all([
    import("#trust"),
    import("#report"),
    import("#apply"),
  ]);
  const { digest, mediaType, bytes } = manifest;
  const artifact = await makeNotes(
    {
      document: notesDocument(notes),
      subject: { digest, mediaType, size: bytes.length },
      channel: place.channel,
      to: place.repository,
      toolVersion: signing.toolVersion,
      now: now(),
      with: signer,
      authority: finder.authority,
    },
    signal,
  );
  const writes = [{ repository: home, artifact }];
  await writeEvidence(stores, { writes, to: place.repository, manifest }, signal);
}
