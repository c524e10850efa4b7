import type { Authority, Json, TrustPolicy } from "#model";
import { authorityWords } from "./authority-words.ts";
import { rootAge, type TrustOverview } from "./overview.ts";
import { ruleWords } from "./requirement-words.ts";
import { matchWords } from "./show-text.ts";

/** `waybill.dev/trust/v1`: the policy in force as `trust show` tells it. */
export function trustDocument(overview: TrustOverview): Json {
  const { revision, policyDigest, policy, revocations, channels, now } = overview;
  return {
    schema: "waybill.dev/trust/v1",
    revision: revision ?? null,
    policyDigest: policyDigest ?? null,
    now: now.toISOString(),
    roots: policy === undefined ? [] : rootsOf(policy, now),
    authorities:
      policy === undefined
        ? []
        : [...policy.authorities.values()].map((authority) => authorityOf(authority, overview)),
    rules: (policy?.rules ?? []).map((rule) => ({
      name: rule.name,
      mode: rule.mode,
      coverage: rule.coverage,
      for: matchWords(rule.match),
      asks: [...ruleWords(rule)],
    })),
    noMatch: policy?.noMatch ?? null,
    signing: policy?.signing?.authority ?? null,
    channels: channels.map(({ name, asks }) => ({ name, asks: [...asks] })),
    revocations: revocations.length,
  };
}

function rootsOf({ roots }: TrustPolicy, now: Date): Json {
  return [...roots.values()].map((root) => {
    const { age, isStale } = rootAge(root, now);
    return {
      name: root.name,
      file: root.file,
      sha256: root.sha256,
      fetchedAt: root.fetchedAt,
      ageSeconds: age === undefined ? null : Math.floor(age / 1000),
      maxAgeSeconds: root.maxAge === undefined ? null : Math.floor(root.maxAge / 1000),
      onStale: root.onStale,
      stale: isStale,
    };
  });
}

function authorityOf(authority: Authority, { keys }: TrustOverview): Json {
  const { name, identity } = authority;
  const files = identity.kind === "keys" ? identity.keys : [];
  return {
    name,
    kind: identity.kind,
    who: authorityWords(authority),
    keys: files.map(({ file, validFrom, validTo }) => {
      const key = keys.get(file);
      return {
        file,
        spki: key?.kind === "key" ? key.spki : null,
        algorithm: key?.kind === "key" ? key.algorithm : null,
        validFrom: validFrom ?? null,
        validTo: validTo ?? null,
      };
    }),
  };
}
