import type { Condition } from "./trust.ts";
import type { Kind } from "./desired.ts";
import type { Position } from "./diagnostic.ts";
import type { Glob } from "./glob.ts";

/** What a channel asks of a version that enters it (issue 5 §2, `requires`). */
export interface ChannelRequires {
  /** `verified`: at least one enforce rule matches and each that matches passes; `any`: only that those that match pass. */
  readonly trust: "verified" | "any";
  /** Rules that must pass here, whether or not their `match` selects the artifact. */
  readonly rules: readonly string[];
  /** In milliseconds, counted from our own statement for a channel of `after`. */
  readonly soak: number | undefined;
  readonly versions: "release" | "prerelease" | "any";
  /** `os/architecture` or `os/architecture/variant`; none: any. */
  readonly platforms: readonly string[];
  /** Annotation or label → what it must be. */
  readonly annotations: ReadonlyMap<string, AnnotationDemand>;
  readonly kinds: readonly Kind[] | undefined;
  readonly projects: readonly Glob[] | undefined;
  /** A moving tag of an `after` channel that must name the same digest. */
  readonly sameDigestAs: string | undefined;
  readonly basePinned: boolean;
  readonly licences: LicenceDemand | undefined;
  readonly at: Position;
}

/** What one annotation or label must be; all that is said must hold. */
export interface AnnotationDemand {
  readonly conditions: readonly Condition[];
}

export interface LicenceDemand {
  /** SPDX identifiers. */
  readonly deny: readonly string[];
  /** What happens to a package whose licence is not said. */
  readonly unknown: "refuse" | "allow";
}

/** Where our own statements about a channel's versions go (issue 5 §5). */
export interface AttestationPlacement {
  readonly attach: "auto" | "subject" | "separate" | "none";
  /** A template over `{repository}`. */
  readonly repository: string;
  readonly coverage: "index" | "platforms" | "all";
}
