import type { Digest } from "./digest.ts";
import type { Severity } from "./trust.ts";

/** What differs between two versions of one artifact, told from their evidence and configs (issue 6 §2). */
export interface ContentChange {
  /** The version that the channel has now; undefined: it has none yet. */
  readonly against: string | undefined;
  readonly packages: Compared<readonly PackageChange[]>;
  readonly vulnerabilities: Compared<VulnerabilityChange>;
  readonly config: Compared<readonly ConfigChange[]>;
  readonly platforms: Compared<PlatformChange>;
  readonly source: SourceRange | undefined;
}

/** A comparison, or why there is none: never silence, which would read as "no difference". */
export type Compared<Value> =
  | {
      readonly kind: "compared";
      readonly value: Value;
      /** From what it was told, where that is less than everything or is nobody's word: a platform, unsigned reports. */
      readonly basis?: string;
    }
  | { readonly kind: "unknown"; readonly why: string };

/** A package that one of two bills of materials has otherwise than the other. */
export interface PackageChange {
  readonly kind: "added" | "removed" | "upgraded" | "downgraded" | "changed";
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Vulnerabilities that only one of two scans has, the worst first. */
export interface VulnerabilityChange {
  readonly fixed: readonly FoundVulnerability[];
  readonly introduced: readonly FoundVulnerability[];
}

export interface FoundVulnerability {
  readonly id: string;
  readonly severity: Severity;
}

/** One setting of an image's config that differs. Of the environment names only: values may be secrets. */
export interface ConfigChange {
  readonly setting:
    | "user"
    | "entrypoint"
    | "command"
    | "working folder"
    | "ports"
    | "volumes"
    | "environment"
    | "stop signal";
  /** The platform, where an image has several. */
  readonly platform: string | undefined;
  readonly before: string;
  readonly after: string;
}

export interface PlatformChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** From which commit of its source to which an artifact went. */
export interface SourceRange {
  /** As the image's own annotations say; foreign text. */
  readonly repository: string | undefined;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Where an artifact was made, by its own annotations and labels: foreign words (001-05, 002-28). */
export interface Origin {
  readonly repositoryUrl: string | undefined;
  readonly commit: string | undefined;
  readonly runUrl: string | undefined;
}

/** How large a version is, and how much of it the channel's version before it has too. */
export interface ContentSize {
  readonly bytes: number;
  /** Layers and configs that are where the other version is, and are not sent again. */
  readonly reused: number;
}

/** Whether a rollback would find what it needs (issue 6 §2). */
export type RollbackReadiness =
  | { readonly kind: "none"; readonly why: string }
  | {
      readonly kind: "version";
      readonly version: string;
      readonly digest: Digest;
      readonly sites: readonly RollbackSite[];
    };

export interface RollbackSite {
  readonly site: string;
  /** Complete there, and verified under the policy of today. */
  readonly isReady: boolean;
  /** What is missing, or could not be read. */
  readonly missing: string | undefined;
}
