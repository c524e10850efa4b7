import type { Digest } from "#model";
import { StoreError } from "../../store-error.ts";
import type { RegistryAnswer } from "../call.ts";
import { givenAddress } from "./address.ts";
import { askBlobs, type Client } from "./client.ts";
import { invalidAnswer } from "./refusal.ts";

/** An upload that the registry has open. */
export interface Session {
  readonly digest: Digest;
  /** Where the next part goes; it changes with every part. */
  readonly location: URL;
  /** How many bytes it holds. */
  readonly offset: number;
  /** `OCI-Chunk-Min-Length`: every chunk but the last is at least that long. */
  readonly minChunk: number;
}

/** How long a run that is ending waits for a registry to forget an upload. */
const CANCEL_MS = 1_000;

/** The session that an answer to a POST opened. */
export function sessionOf(client: Client, answer: RegistryAnswer, digest: Digest): Session {
  const location = givenAddress(answer, answer.header("location"));
  if (location === undefined)
    throw invalidAnswer(client, `an upload of ${digest} was begun without a Location`, digest);
  const minChunk = Number(answer.header("oci-chunk-min-length") ?? 0);
  return { digest, location, offset: 0, minChunk: Number.isSafeInteger(minChunk) ? minChunk : 0 };
}

/** The session after an answer to one of its parts, at a new offset. */
export function advanced(session: Session, answer: RegistryAnswer, offset: number): Session {
  const location = givenAddress(answer, answer.header("location")) ?? session.location;
  return { ...session, location, offset };
}

/** Asks how far an upload is (end-13); undefined where the registry no longer knows it or does not say. */
export async function uploadStatus(
  client: Client,
  session: Session,
  signal: AbortSignal,
): Promise<Session | undefined> {
  const accept = [200, 202, 204, 400, 404, 405, 416];
  const { location, digest } = session;
  const request = { method: "GET", at: location, accept, digest, ofUpload: true } as const;
  const answer = await askBlobs(client, request, signal);
  await answer.discard();
  if (answer.status >= 300) return undefined;
  const range = /^(?:bytes=)?0-(\d+)$/.exec(answer.header("range") ?? "");
  if (range === null) return undefined;
  // "0-0" is what most registries say of an upload that holds nothing.
  const end = Number(range[1]);
  return advanced(session, answer, end === 0 ? 0 : end + 1);
}

/**
 * Lets the registry forget an upload (end-14). Best effort, and with a deadline of its own, as it runs when the run was
 * interrupted too: registries drop what nobody finishes, and some let nobody cancel.
 */
export async function cancelUpload(client: Client, session: Session): Promise<void> {
  const accept = [200, 202, 204, 400, 401, 403, 404, 405];
  const { location, digest } = session;
  try {
    const answer = await askBlobs(
      client,
      { method: "DELETE", at: location, accept, digest },
      AbortSignal.timeout(CANCEL_MS),
    );
    await answer.discard();
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
  }
}
