import {
  addressOf,
  hasErrors,
  matchesAnyGlob,
  parseTime,
  type Authority,
  type DesiredArtifact,
  type Diagnostic,
  type Digest,
  type Revocation,
  type RuleMatch,
  type TrustRule,
} from "#model";
import type { PlacedArtifact, RenderedRule, RenderTarget, RuleKey, RuleSigner } from "#report";
import { load, type Loaded } from "./load.ts";
import { RequestError } from "./request-error.ts";
import type { TrustContext } from "./trust/context.ts";
import { trustOf } from "./trust/no-policy.ts";

/** What `waybill trust talos` and `waybill trust policy` are asked. */
export interface RenderRuleRequest {
  readonly root: string;
  readonly restrictPaths?: boolean | undefined;
  readonly now: Date;
  readonly rule: string;
  readonly target: RenderTarget;
}

export type RenderRuleAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: "rendered";
      readonly rendered: RenderedRule;
      readonly diagnostics: readonly Diagnostic[];
    };

/** `waybill trust policy`: a rule of the policy in force in another tool's words; no network (002-78, issue 5 §5). */
export async function renderOneRule(
  request: RenderRuleRequest,
  signal: AbortSignal,
): Promise<RenderRuleAnswer> {
  const loaded = await load(request, signal);
  const faults = [...loaded.diagnostics, ...(loaded.trust?.broken ?? [])];
  if (hasErrors(faults)) return { kind: "invalid", diagnostics: faults };
  const { placesOf, renderRule } = await import("#report");
  const context = trustOf(loaded);
  const rule = ruleOf(context, request.rule);
  const { channels, policy } = context;
  const places = placesOf(rule.match, channels.values(), loaded.desired.sites);
  if (places.length === 0)
    throw new RequestError(
      `The rule ${rule.name} matches no channel with a site whose store is a registry.`,
      "there is no image that another tool could check",
    );
  const rendered = renderRule(request.target, {
    rule,
    places,
    signers: await signersOf(context, request.now),
    artifacts: artifactsOf(loaded, rule.match),
    exceptions: (policy?.exceptions ?? []).filter((each) => each.rule === rule.name),
  });
  return { kind: "rendered", rendered, diagnostics: loaded.diagnostics };
}

function ruleOf({ policy, revision }: TrustContext, name: string): TrustRule {
  const rules = policy?.rules ?? [];
  const rule = rules.find((candidate) => candidate.name === name);
  if (rule !== undefined) return rule;
  const known = rules.map((candidate) => candidate.name).join(", ");
  throw new RequestError(
    `The policy in force${revision === undefined ? "" : ` (commit ${revision.slice(0, 12)})`} has no rule ${name}.`,
    known === "" ? "write rules in policies/trust.yaml, and commit them" : `it has ${known}`,
  );
}

function artifactsOf({ desired }: Loaded, match: RuleMatch): readonly PlacedArtifact[] {
  return desired.artifacts
    .filter((artifact) => isMatched(artifact, match))
    .flatMap((artifact) => {
      const places = artifact.places
        .filter(({ channel, site }) => {
          const environment = desired.sites.get(site)?.environment ?? "";
          return (
            matchesAnyGlob(match.channels, channel) &&
            matchesAnyGlob(match.environments, environment)
          );
        })
        .map(({ repository }) => repository)
        .filter((repository) => addressOf(repository).kind === "registry");
      const { id, source } = artifact;
      return places.length === 0 ? [] : [{ id, source, places: [...new Set(places)] }];
    });
}

function isMatched(artifact: DesiredArtifact, match: RuleMatch): boolean {
  const { project, name, kind, source, runtimeClass } = artifact;
  return (
    matchesAnyGlob(match.projects, project) &&
    matchesAnyGlob(match.names, name) &&
    matchesAnyGlob(match.kinds, kind) &&
    matchesAnyGlob(match.sources, source) &&
    matchesAnyGlob(match.runtimeClasses, runtimeClass ?? "")
  );
}

async function signersOf(
  context: TrustContext,
  now: Date,
): Promise<ReadonlyMap<string, RuleSigner>> {
  const { parsePublicKey } = await import("#trust");
  const authorities = [...(context.policy?.authorities.values() ?? [])];
  return new Map(
    authorities.map((authority): readonly [string, RuleSigner] => [
      authority.name,
      signerOf(authority, { context, now, parse: parsePublicKey }),
    ]),
  );
}

interface SignerOptions {
  readonly context: TrustContext;
  readonly now: Date;
  readonly parse: (bytes: Uint8Array) => { readonly id: Digest; readonly type: string } | string;
}

function signerOf(authority: Authority, options: SignerOptions): RuleSigner {
  const { name, identity, evidence, signatureRepository } = authority;
  const { context, now } = options;
  if (context.revocations.some((entry) => strikes(entry, now) === `authority ${name}`))
    return { kind: "none", name, why: "it is revoked" };
  switch (identity.kind) {
    case "harbor":
      return {
        kind: "none",
        name,
        why: "Harbor's scan is no signature, and no other tool asks it",
      };
    case "keyless": {
      const { issuer, subject, extensions, root: rootName } = identity.keyless;
      const file = context.policy?.roots.get(rootName ?? "")?.file;
      const text = context.files.get(file ?? "");
      const root =
        rootName === undefined || text === undefined ? undefined : { name: rootName, text };
      return {
        kind: "keyless",
        name,
        issuer,
        subject,
        extensions,
        root,
        evidence,
        signatureRepository,
      };
    }
    case "keys": {
      const read = identity.keys.map((key) => keyOf(key, options));
      const keys = read.filter((key) => typeof key !== "string");
      const left = read.filter((key) => typeof key === "string");
      if (keys.length === 0)
        return { kind: "none", name, why: `none of its keys can be asked: ${left.join("; ")}` };
      return { kind: "keys", name, keys, left, evidence, signatureRepository };
    }
  }
}

const HASHES: ReadonlyMap<string, RuleKey["hash"]> = new Map([
  ["P-256", "sha256"],
  ["P-384", "sha384"],
  ["P-521", "sha512"],
  ["rsa", "sha256"],
]);

/** A key that counts now; a string says why it is left out, so that nothing gets wider than the rule. */
function keyOf(
  {
    file,
    validFrom,
    validTo,
  }: { file: string; validFrom: string | undefined; validTo: string | undefined },
  { context, now, parse }: SignerOptions,
): RuleKey | string {
  const pem = context.files.get(file);
  if (pem === undefined) return `${file}: it is not there`;
  const key = parse(Buffer.from(pem));
  if (typeof key === "string") return `${file}: ${key}`;
  const [from, to] = [parseTime(validFrom ?? ""), parseTime(validTo ?? "")];
  if (from !== undefined && from > now.getTime()) return `${file}: it is not valid yet`;
  if (to !== undefined && to < now.getTime())
    return `${file}: it expired, and nobody else asks when something was signed`;
  if (context.revocations.some((entry) => strikes(entry, now) === `key ${key.id}`))
    return `${file}: it is revoked`;
  return { pem, file, hash: HASHES.get(key.type) };
}

/** What an entry that is in force takes away from signers; undefined: none of them. */
function strikes({ target, rescinded }: Revocation, now: Date): string | undefined {
  const lifted = parseTime(rescinded?.at ?? "");
  if (lifted !== undefined && lifted <= now.getTime()) return undefined;
  if (target.kind === "key") return `key ${target.key}`;
  return target.kind === "authority" ? `authority ${target.authority}` : undefined;
}
