import type { Authority, AuthorityKey, EvidenceDemand, TextDemand, TrustPolicy } from "#model";

/** Who an authority is, in words: an identity with all that its certificate must say, keys, or a host. */
export function authorityWords(authority: Authority): string {
  const { identity } = authority;
  const extensions = identity.kind === "keyless" ? [...identity.keyless.extensions] : [];
  const more = extensions.map(([name, value]) => `${name} ${value}`).join(", ");
  return `${whoWords(authority)}${more === "" ? "" : ` (${more})`}`;
}

/** Who an authority is, in a few words. */
export function whoWords({ identity }: Authority): string {
  switch (identity.kind) {
    case "keyless": {
      const { subject, issuer } = identity.keyless;
      return `${demandWords(subject)}, by ${demandWords(issuer)}`;
    }
    case "keys": {
      const files = identity.keys.map(keyWords);
      return `${files.length === 1 ? "the key" : "one of the keys"} ${files.join(", ")}`;
    }
    case "harbor":
      return `Harbor's own scan at ${identity.host}`;
  }
}

function demandWords(demand: TextDemand): string {
  return demand.kind === "exactly" ? demand.text : `whatever matches ${demand.pattern.source}`;
}

/** A key by its file, and when it may have signed. */
export function keyWords({ file, validFrom, validTo }: AuthorityKey): string {
  if (validFrom === undefined && validTo === undefined) return file;
  const from = validFrom === undefined ? "" : ` from ${validFrom}`;
  return `${file} (valid${from}${validTo === undefined ? "" : ` to ${validTo}`})`;
}

/** What a signature must bring with it, in words; undefined: nothing. */
export function demandsWords(
  { tlog, inclusionProof, timestamp, sct }: EvidenceDemand,
  kind: Authority["identity"]["kind"],
): string | undefined {
  if (kind === "harbor") return undefined;
  const asked = [
    tlog === "required" ? "a log entry" : undefined,
    inclusionProof === "required" ? "its proof of inclusion" : undefined,
    timestamp === "required" ? "a timestamp" : undefined,
    kind === "keyless" && tlog !== "required" && timestamp !== "required"
      ? "a log entry or a timestamp"
      : undefined,
    kind === "keyless" && sct === "required" ? "a certificate in a certificate log" : undefined,
  ].filter((part) => part !== undefined);
  return asked.length === 0 ? undefined : asked.join(", ");
}

/** Names of authorities with who they are, one line each. */
export function authorityLines(names: readonly string[], policy: TrustPolicy): readonly string[] {
  return names.map((name) => {
    const authority = policy.authorities.get(name);
    return authority === undefined
      ? `${name}: not defined`
      : `${name}: ${authorityWords(authority)}`;
  });
}

/** `a`, `a or b`, `a, b or c`. */
export function listed(words: readonly string[], last = "or"): string {
  return words.length < 2
    ? (words[0] ?? "nobody")
    : `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1) ?? ""}`;
}
