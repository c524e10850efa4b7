/** What one trust decision is about: a version that would enter a channel in an environment (issue 5 §1). */
export interface TrustStepName {
  /** `project/name`. */
  readonly artifact: string;
  readonly version: string;
  readonly channel: string;
  readonly environment: string | undefined;
}

/** One name for one step, under which its decision is found. */
export function trustStepKey({ artifact, version, channel, environment }: TrustStepName): string {
  return `${artifact}\n${version}\n${channel}\n${environment ?? ""}`;
}
