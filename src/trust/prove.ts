import type { Signer } from "#model";
import type { Artifact } from "./artifact.ts";
import type { VerifyingAuthority } from "./authority.ts";
import { describeError } from "./describe-error.ts";
import { failed, passed, type CheckFact, type Proof } from "./facts.ts";
import { findSigner, type Found } from "./find-signer.ts";
import type { Sealed } from "./sealed.ts";
import { timesOf, vouch, type Vouched } from "./vouchers.ts";

/** How one signature is proved: at once, or by what was proved before. */
export type Prove = typeof prove;

/** Proves about one signature what does not depend on the time now; never throws. */
export function prove(sealed: Sealed, artifact: Artifact, authority: VerifyingAuthority): Proof {
  const checks: CheckFact[] = [passed("parse", "evidence of a known format")];
  try {
    const found = findSigner(sealed, artifact, authority);
    if ("check" in found) return { checks: [...checks, found], signer: undefined, times: [] };
    checks.push(passed("crypto", `a signature by ${found.key.id}`));
    const { root, evidence } = authority;
    const vouched = vouch({ sealed, artifact, found, root, evidence });
    if ("check" in vouched) return { checks: [...checks, vouched], signer: undefined, times: [] };
    const times = timesOf(vouched);
    checks.push(passed("log", entriesIn(vouched)), passed("time", timeIn(times)));
    return { checks, signer: signerOf(found), times };
  } catch (error) {
    checks.push(failed("parse", "evidence of a known format", describeError(error)));
    return { checks, signer: undefined, times: [] };
  }
}

function entriesIn({ entries }: Vouched): string {
  return entries.length === 1 ? "1 log entry" : `${entries.length} log entries`;
}

function timeIn([time]: readonly Date[]): string {
  return time === undefined ? "no trusted time" : time.toISOString();
}

function signerOf({ key, certificate }: Found): Signer {
  if (certificate === undefined) return { kind: "key", key: key.id };
  const { issuer, subject, extensions } = certificate;
  return { kind: "keyless", issuer, subject, extensions, key: key.id };
}
