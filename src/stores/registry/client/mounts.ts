import { addressOf, type Descriptor, type Repository } from "#model";
import { StoreError } from "../../store-error.ts";
import type { BlobOutcome } from "../../port.ts";
import type { RegistryAnswer } from "../call.ts";
import { askBlobs, pathOn, type Client } from "./client.ts";
import { REFUSALS, refusal } from "./refusal.ts";
import { cancelUpload, sessionOf, type Session } from "./upload-session.ts";

/** What starting an upload came to: the blob is there, or bytes may be sent. */
export type Begun =
  | { readonly kind: "there"; readonly how: BlobOutcome }
  | { readonly kind: "open"; readonly session: Session };

/** How an upload is to be started. */
export interface Beginning {
  readonly blob: Descriptor;
  /** A repository of this host that is known to hold the blob. */
  readonly near: string | undefined;
  /** The target was seen not to hold it: there is nothing to ask of itself. */
  readonly absent: boolean;
}

/** The path of the first repository that a blob can be mounted from: of this host, and not one that refused before. */
export function nearPath(client: Client, near: readonly Repository[]): string | undefined {
  for (const repository of near) {
    const address = addressOf(repository);
    if (address.kind !== "registry" || address.host !== client.host) continue;
    const path = pathOn(address.host, address.path, client.folder);
    if (path !== client.path && !client.can.mounts.refused.has(path)) return path;
  }
  return undefined;
}

/**
 * Starts an upload with `POST ?mount=&from=`: from a repository that holds the blob, else from the target itself, which
 * tells in the same request whether it is there already. 201: there; 202: go on at `Location`, so that a miss costs
 * nothing. Hosts that answer an error to it are learned, and asked plainly (distribution-spec end-11, end-4a).
 */
export async function beginUpload(
  client: Client,
  beginning: Beginning,
  signal: AbortSignal,
): Promise<Begun> {
  const { blob, near, absent } = beginning;
  const { mounts } = client.can;
  if (near !== undefined) {
    const begun = await mountFrom(client, blob, near, signal);
    if (begun !== undefined) return begun;
  } else if (!absent && mounts.self !== false) {
    const begun = await mountSelf(client, blob, signal);
    if (begun !== undefined) return begun;
    const open = await beginPlainly(client, blob, signal);
    mounts.self = false;
    return open;
  }
  return beginPlainly(client, blob, signal);
}

async function mountFrom(
  client: Client,
  blob: Descriptor,
  from: string,
  signal: AbortSignal,
): Promise<Begun | undefined> {
  const { mounts } = client.can;
  const answer = await tryMount(client, { blob, from }, signal);
  if (answer === undefined) {
    mounts.refused.add(from);
    return undefined;
  }
  const begun = await begunBy(client, answer, blob, "mounted");
  if (begun.kind === "there" || mounts.anonymous !== undefined) return begun;
  // The blob is on this host, so that this is the one time when a miss says something of anonymous mounts.
  mounts.anonymous = false;
  const anonymous = await tryMount(client, { blob, from: undefined }, signal);
  if (anonymous === undefined) return begun;
  const second = await begunBy(client, anonymous, blob, "mounted");
  mounts.anonymous = second.kind === "there";
  await cancelUpload(client, second.kind === "there" ? begun.session : second.session);
  return second.kind === "there" ? second : begun;
}

async function mountSelf(
  client: Client,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<Begun | undefined> {
  const from = client.can.mounts.anonymous === true ? undefined : client.path;
  const answer = await tryMount(client, { blob, from }, signal);
  return answer && begunBy(client, answer, blob, "present");
}

/** Asks for a mount; undefined where the host, or the account's rights on `from`, do not allow one. */
async function tryMount(
  client: Client,
  mount: { readonly blob: Descriptor; readonly from: string | undefined },
  signal: AbortSignal,
): Promise<RegistryAnswer | undefined> {
  const { digest } = mount.blob;
  const from = mount.from === undefined ? "" : `&from=${encodeURIComponent(mount.from)}`;
  const at = `blobs/uploads/?mount=${encodeURIComponent(digest)}${from}`;
  const accept = [201, 202, ...REFUSALS];
  const request = { method: "POST", at, accept, digest } as const;
  try {
    const answer = await askBlobs(
      client,
      mount.from === undefined ? request : { ...request, from: mount.from },
      signal,
    );
    if (answer.status === 201 || answer.status === 202) return answer;
    await answer.discard();
    return undefined;
  } catch (error) {
    const rights = error instanceof StoreError && RIGHTS.has(error.code);
    if (!rights || mount.from === client.path) throw error;
    return undefined;
  }
}

const RIGHTS: ReadonlySet<string> = new Set(["unauthorized", "forbidden"]);

async function begunBy(
  client: Client,
  answer: RegistryAnswer,
  blob: Descriptor,
  how: BlobOutcome,
): Promise<Begun> {
  const { mounts } = client.can;
  await answer.discard();
  if (answer.status === 201) {
    mounts.hits += 1;
    return { kind: "there", how };
  }
  mounts.misses += 1;
  return { kind: "open", session: sessionOf(client, answer, blob.digest) };
}

async function beginPlainly(client: Client, blob: Descriptor, signal: AbortSignal): Promise<Begun> {
  const { digest } = blob;
  const accept = [202, ...REFUSALS];
  const request = { method: "POST", at: "blobs/uploads/", accept, digest } as const;
  const answer = await askBlobs(client, request, signal);
  if (answer.status !== 202) throw await refusal(client, answer, `take the blob ${digest}`, digest);
  await answer.discard();
  return { kind: "open", session: sessionOf(client, answer, digest) };
}
