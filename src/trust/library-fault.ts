import { VerificationError } from "@sigstore/verify";
import { describeError } from "./describe-error.ts";
import { failed, type CheckFact } from "./facts.ts";

/** What the library threw, as the check that it stopped at. */
export function libraryFault(error: unknown): CheckFact {
  const found = describeError(error);
  if (!(error instanceof VerificationError)) return failed("parse", "what the format asks", found);
  switch (error.code) {
    case "TIMESTAMP_ERROR":
      return failed("time", "a timestamp of an authority of the root over this signature", found);
    case "TLOG_ERROR":
    case "TLOG_BODY_ERROR":
    case "TLOG_INCLUSION_PROOF_ERROR":
    case "TLOG_INCLUSION_PROMISE_ERROR":
    case "TLOG_MISSING_INCLUSION_ERROR":
      return failed("log", "an entry of a log of the root about this signature", found);
    case "CERTIFICATE_ERROR":
      return certificateFault(found);
    case "PUBLIC_KEY_ERROR":
    case "SIGNATURE_ERROR":
    case "NOT_IMPLEMENTED_ERROR":
      return failed("crypto", "a signature that verifies", found);
  }
}

function certificateFault(found: string): CheckFact {
  if (/\bSCTs?\b/.test(found))
    return failed("log", "a certificate that a certificate log of the root has promised", found);
  if (/not valid or expired/.test(found))
    return failed("time", "a certificate that was valid when it signed", found);
  return failed("crypto", "a certificate that an authority of the root issued", found);
}
