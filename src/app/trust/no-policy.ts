import { createHash } from "node:crypto";
import { parseDigest, type Digest } from "#model";
import type { Loaded } from "../load.ts";
import { RequestError } from "../request-error.ts";
import type { TrustContext } from "./context.ts";

/** The policy in force; where nobody asks for trust, one that asks for nothing, so that this can still be said. */
export function trustOf({
  trust,
  desired,
  revisions,
}: Pick<Loaded, "trust" | "desired" | "revisions">): TrustContext {
  return (
    trust ?? {
      revision: revisions.authority,
      policy: undefined,
      revocations: [],
      channels: desired.channels,
      authorities: new Map(),
      files: new Map(),
      policyDigest: digestOfNothing(),
      broken: [],
      git: revisions.git,
    }
  );
}

function digestOfNothing(): Digest {
  const digest = parseDigest(`sha256:${createHash("sha256").update("{}").digest("hex")}`);
  if (digest === undefined) throw new RequestError("A SHA-256 is always a digest.");
  return digest;
}
