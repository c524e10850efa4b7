import type { ContentChange, Digest, RollbackReadiness } from "#model";

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
  /** Evidence that was found and counted, one line each. */
  readonly evidence: readonly string[];
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

/** Where an artifact was made, by its own annotations: foreign words, linked only where they are addresses of `https:`. */
export interface Origin {
  readonly repositoryUrl: string | undefined;
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
}
