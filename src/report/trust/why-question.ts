import type {
  Channel,
  Digest,
  Outcome,
  Repository,
  TrustDecision,
  TrustPolicy,
  VersionLine,
} from "#model";
import type { AskedItem } from "./gates.ts";

/** Everything that `waybill why` tells from: the decision, and how far git and the stores are. */
export interface WhyQuestion {
  readonly decision: TrustDecision;
  readonly policyDigest: Digest | undefined;
  readonly now: Date;
  readonly policy: TrustPolicy | undefined;
  readonly channel: Channel;
  readonly line: VersionLine;
  /** The promotion file that lists the version. */
  readonly file: string;
  /** The version means the channel, at the site where one was named. */
  readonly isListed: boolean;
  /** Of `after`, the channels that the version is in by git. */
  readonly held: readonly string[];
  /** The site that was named. */
  readonly site: string | undefined;
  readonly source: SeenAt;
  readonly sites: readonly SeenAtSite[];
  /** Other environments of the channel, whose answer may differ. */
  readonly otherEnvironments: readonly string[];
}

/** Whether a digest is where it should be. */
export interface SeenAt {
  readonly repository: Repository;
  /** `pass`: there; `fail`: not there, or another; `unknown`: it could not be asked. */
  readonly outcome: Outcome;
  readonly found: string;
}

export interface SeenAtSite extends SeenAt {
  readonly site: string;
  readonly required: boolean;
}

/** Something that is asked, with what to say where it does not hold. */
export interface Stage {
  readonly asked: AskedItem;
  readonly who: string;
  readonly fix: string;
}
