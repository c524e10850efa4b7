import type { ContentChange, ContentSize, Digest, Origin, RollbackReadiness } from "#model";
import type { MissingItem } from "../trust/gates.ts";

/** What is known of one version that would enter one channel, beyond the plan. */
export interface ArtifactPage {
  readonly artifact: string;
  readonly version: string;
  readonly digest: Digest;
  readonly channel: string;
  /** Channels that held the version at the base; none: it comes from its source. */
  readonly from: readonly string[];
  readonly places: readonly BeforeAfter[];
  readonly origin: Origin | undefined;
  /** `os/architecture`, as far as they were read. */
  readonly platforms: readonly string[];
  /** Evidence that was found, and whether it counts, one line each. */
  readonly evidence: readonly string[];
  /** What keeps it out of the channel, and who can supply it, as `waybill why` tells it. */
  readonly missing: readonly Omit<MissingItem, "gate">[];
  readonly size: ContentSize | undefined;
  readonly content: ContentChange | undefined;
  readonly rollback: RollbackReadiness | undefined;
}

/** What a place's version is and would be; undefined: none. */
export interface BeforeAfter {
  readonly channel: string;
  readonly site: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}
