import { hasErrors, type Diagnostic, type TrustPolicy, type TrustRule } from "#model";
import type { KeyShown, TrustOverview } from "#report";
import { load } from "./load.ts";
import { RequestError } from "./request-error.ts";
import type { TrustContext } from "./trust/context.ts";
import { trustOf } from "./trust/no-policy.ts";

/** What `waybill trust show` and `trust explain` are asked. */
export interface TrustShowRequest {
  readonly root: string;
  readonly restrictPaths?: boolean | undefined;
  readonly now: Date;
}

/** The policy in force, to be shown; or all that is wrong with what was written. */
export type TrustShowAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: "shown";
      readonly overview: TrustOverview;
      readonly diagnostics: readonly Diagnostic[];
      readonly notes: readonly string[];
    };

/** `waybill trust show`: the policy in force, from the revision whose policies say who may; no network (issue 5 §6). */
export async function showTrust(
  request: TrustShowRequest,
  signal: AbortSignal,
): Promise<TrustShowAnswer> {
  const loaded = await load(request, signal);
  const faults = [...loaded.diagnostics, ...(loaded.trust?.broken ?? [])];
  if (hasErrors(faults)) return { kind: "invalid", diagnostics: faults };
  const { requiresWords } = await import("#report");
  const context = trustOf(loaded);
  const overview: TrustOverview = {
    revision: context.revision,
    policyDigest: loaded.trust?.policyDigest,
    policy: context.policy,
    revocations: context.revocations,
    channels: [...context.channels.values()].map(({ name, requires }) => ({
      name,
      asks: requires === undefined ? [] : requiresWords(requires),
    })),
    keys: await keysOf(context),
    now: request.now,
  };
  return { kind: "shown", overview, diagnostics: loaded.diagnostics, notes: loaded.notes };
}

/** The rule of a name; where there is none, a RequestError with those that there are. */
export function ruleNamed(
  { policy }: TrustOverview,
  name: string,
): { readonly rule: TrustRule; readonly policy: TrustPolicy } {
  const rule = policy?.rules.find((candidate) => candidate.name === name);
  if (policy !== undefined && rule !== undefined) return { rule, policy };
  const known = (policy?.rules ?? []).map((candidate) => candidate.name).join(", ");
  throw new RequestError(
    `There is no rule ${name}.`,
    known === "" ? "policies/trust.yaml has none" : `one of ${known}`,
  );
}

async function keysOf({ policy, files }: TrustContext): Promise<ReadonlyMap<string, KeyShown>> {
  const named = [...(policy?.authorities.values() ?? [])].flatMap(({ identity }) =>
    identity.kind === "keys" ? identity.keys.map(({ file }) => file) : [],
  );
  if (named.length === 0) return new Map();
  const { parsePublicKey } = await import("#trust");
  return new Map(
    named.map((file): readonly [string, KeyShown] => {
      const text = files.get(file);
      const key = text === undefined ? "it is not there" : parsePublicKey(Buffer.from(text));
      return typeof key === "string"
        ? [file, { kind: "unusable", why: key }]
        : [file, { kind: "key", algorithm: key.type, spki: key.id }];
    }),
  );
}
