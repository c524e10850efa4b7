import type { Attestor } from "#apply";
import type { Action } from "#model";
import type { SigningOptions } from "#trust";
import { RequestError } from "../request-error.ts";
import { attestor, type AttestorOptions } from "./attestor.ts";

/** What a person said of signing: the options of `apply` (issue 5 §5). */
export interface SigningRequest extends SigningOptions {
  /** Relative paths are under it: where the person stands. */
  readonly folder: string;
  /** Our statements name it. */
  readonly toolVersion: string;
}

/**
 * Opens what signs, where something is to be attested. A signer that is wanting, or cannot be used, is a mistake of the
 * person, told before anything is written.
 */
export async function openAttestor(
  options: Omit<AttestorOptions, "signer" | "toolVersion">,
  request: SigningRequest,
): Promise<Attestor | undefined> {
  const { plan, context, env, now } = options;
  const asked = plan.actions.filter((action) => isToSign(action, now())).length;
  if (asked === 0) return undefined;
  const authority = context.authorities.get(context.policy?.signing?.authority ?? "");
  const { openSigner } = await import("#trust");
  const { folder, toolVersion } = request;
  const signer = authority && (await openSigner(request, { env, folder, now }, authority));
  if (signer === undefined) throw noSigner(asked);
  return attestor({ ...options, signer, toolVersion });
}

function noSigner(asked: number): RequestError {
  const what = asked === 1 ? "One digest is" : `${asked} digests are`;
  return new RequestError(
    `${what} to be attested, and nothing was given to sign with; nothing was changed.`,
    "give --sign-key env:NAME|file:PATH|exec:COMMAND or WAYBILL_SIGN_KEY, or --identity-token-file with --fulcio-url; or take `attestation` off the channel",
  );
}

/** What waits for its time needs no signer yet. */
function isToSign({ op, notBefore }: Action, now: Date): boolean {
  return op === "attest" && (notBefore === undefined || Date.parse(notBefore) <= now.getTime());
}
