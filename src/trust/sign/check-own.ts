import { digestHex, type AuthorityCheck, type Descriptor, type Digest } from "#model";
import { artifactOfDigest } from "../artifact.ts";
import type { VerifyingAuthority } from "../authority.ts";
import { examine } from "../examine.ts";
import { readOwnStatement } from "./own-statement.ts";
import { BUNDLE_TYPE } from "./seal.ts";
import { SignError } from "./sign-error.ts";
import type { Signer } from "./signer.ts";

/** What a bundle of ours must say, and who must find it good. */
export interface OwnCheck {
  readonly bundle: Buffer;
  readonly subject: Descriptor;
  /** What was placed; a platform's bundle is about the digest that it is a platform of. */
  readonly digest: Digest;
  readonly channel: string;
  readonly to: string;
  readonly signer: Signer;
  readonly authority: VerifyingAuthority;
  readonly now: Date;
}

/**
 * Verifies what was signed under our own policy before anybody may push it: a signer that is not the policy's signs nothing
 * that is kept (kubernetes/release #2789).
 * @throws {SignError} `sign-unverified`
 */
export function checkOwn({ bundle, subject, authority, now, ...said }: OwnCheck): void {
  const fact = examine(
    { mediaType: BUNDLE_TYPE, bytes: bundle, annotations: {} },
    {
      digest: subject.digest,
      subject: subject.digest,
      artifact: artifactOfDigest(subject.digest),
      authorities: new Map([["signing", authority]]),
      now,
      others: [],
    },
  );
  const own = readOwnStatement(fact.content);
  const isOurs =
    own?.channel === said.channel && own.repository === said.to && own.digest === said.digest;
  const [check] = fact.checks;
  if (isOurs && check?.outcome === "pass") return;
  throw new SignError({
    code: "sign-unverified",
    message: `What ${said.signer.name} signed about ${digestHex(said.digest).slice(0, 12)} does not verify under policies/trust.yaml, so it was not pushed${whyOf(check)}.`,
    hint: "give apply the key or identity of the authority that `signing` names, or correct that authority",
  });
}

function whyOf(check: AuthorityCheck | undefined): string {
  if (check === undefined || check.outcome === "pass") return "";
  const found = check.found === undefined ? "" : `, found ${check.found}`;
  return `: ${check.check}, expected ${check.expected ?? "it to hold"}${found}`;
}
