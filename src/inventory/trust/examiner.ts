import type { EvidenceFact } from "#model";
import type {
  artifactOfBytes,
  artifactOfDigest,
  examine,
  MAX_EVIDENCE,
  readJson,
  readOwnStatement,
} from "#trust";

/**
 * The verifying half of the `trust` room. Whoever surveys hands it over, so that a run that asks for no trust never loads
 * what verifies.
 */
export interface Examiner {
  readonly artifactOfBytes: typeof artifactOfBytes;
  readonly artifactOfDigest: typeof artifactOfDigest;
  /** At once, or by threads and what was proved before. */
  readonly examine: (...asked: Parameters<typeof examine>) => EvidenceFact | Promise<EvidenceFact>;
  readonly MAX_EVIDENCE: typeof MAX_EVIDENCE;
  readonly readJson: typeof readJson;
  readonly readOwnStatement: typeof readOwnStatement;
}
