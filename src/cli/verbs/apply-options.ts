import { randomUUID } from "node:crypto";
import type { Context } from "../options.ts";

/** The options of `apply`. */
export interface ApplyOptions {
  readonly yes?: true | undefined;
  readonly plan?: string | undefined;
  readonly all?: true | undefined;
  readonly since?: string | undefined;
  readonly deep?: true | undefined;
  readonly channel?: string | undefined;
  readonly allowDirty?: true | undefined;
  readonly record?: boolean | undefined;
  readonly onMerge?: true | undefined;
  readonly recordOut?: string | undefined;
  readonly pushRecord?: true | undefined;
  readonly id?: string | undefined;
  readonly signKey?: string | undefined;
  readonly identityTokenFile?: string | undefined;
  readonly fulcioUrl?: string | undefined;
  readonly rekorUrl?: string | undefined;
  readonly tsaUrl?: string | undefined;
}

/** Who runs this, and which run it is: the CI's, or one of our own. */
export function runOf({ shell }: Context): { readonly actor: string; readonly runId: string } {
  const { env } = shell;
  const run = env["GITHUB_RUN_ID"];
  const attempt = env["GITHUB_RUN_ATTEMPT"];
  return {
    actor: env["GITHUB_ACTOR"] ?? env["USER"] ?? env["LOGNAME"] ?? "unknown",
    runId: run === undefined ? `local-${randomUUID()}` : `${run}/${attempt ?? "1"}`,
  };
}

/** What signs our own statements. */
export function signingOf(options: ApplyOptions): SigningOptions {
  const { signKey, identityTokenFile, fulcioUrl, rekorUrl, tsaUrl } = options;
  return { signKey, identityTokenFile, fulcioUrl, rekorUrl, tsaUrl };
}

type SigningOptions = Pick<
  ApplyOptions,
  "signKey" | "identityTokenFile" | "fulcioUrl" | "rekorUrl" | "tsaUrl"
>;
