import { isAbsolute, join } from "node:path";
import type { KeptProofs } from "#trust";

/** Where a run may keep what it proved, as far as it says so. */
export interface KeepingRequest {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Undefined: nothing is kept. */
  readonly toolVersion?: string | undefined;
}

/** The folder of kept proofs under the user's caches (XDG base directories); undefined where there are none. */
export function keptProofs({ env, toolVersion }: KeepingRequest): KeptProofs | undefined {
  const [home, own] = [env["HOME"] ?? "", env["XDG_CACHE_HOME"] ?? ""];
  const caches = isAbsolute(own) ? own : isAbsolute(home) ? join(home, ".cache") : undefined;
  if (caches === undefined || toolVersion === undefined) return undefined;
  return { folder: join(caches, "waybill", "proofs"), toolVersion };
}
