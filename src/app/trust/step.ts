import type {
  Channel,
  DesiredArtifact,
  DesiredState,
  Repository,
  TrustStepName,
  VersionLine,
} from "#model";
import type { TrustArtifact } from "#policy";
import type { ReadStores } from "#stores";
import type { KeptProofs } from "#trust";

/** A version that would enter a channel in an environment. */
export interface TrustStep {
  readonly artifact: DesiredArtifact;
  readonly line: VersionLine;
  readonly channel: Channel;
  readonly environment: string | undefined;
}

/** What steps are decided with. */
export interface StepsOptions {
  readonly desired: DesiredState;
  readonly stores: ReadStores;
  readonly now: Date;
  /** The one repository to look at; undefined: the artifact's source, and where it lacks the digest, the channel's places. */
  readonly at?: Repository | undefined;
  /** Proofs of earlier runs; undefined, as in `apply`: everything is proved anew. */
  readonly kept?: KeptProofs | undefined;
}

/** The name of a step, for its key. */
export function stepName({ artifact, line, channel, environment }: TrustStep): TrustStepName {
  return { artifact: artifact.id, version: line.version, channel: channel.name, environment };
}

/** An artifact as rules match it. */
export function trustArtifact(artifact: DesiredArtifact): TrustArtifact {
  const { id, project, name, kind, source, runtimeClass } = artifact;
  return { id, project, name, kind, source, runtimeClass };
}
