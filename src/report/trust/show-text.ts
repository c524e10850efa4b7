import {
  formatDuration,
  type Authority,
  type AuthorityKey,
  type RuleMatch,
  type TrustPolicy,
  type TrustRoot,
  type TrustRule,
} from "#model";
import { plain } from "../plain-text.ts";
import { count } from "../quantities.ts";
import type { Style } from "../style.ts";
import { layOut, type Cell } from "../table.ts";
import { authorityWords, demandsWords, keyWords, listed } from "./authority-words.ts";
import { rootAge, type TrustOverview } from "./overview.ts";
import { requirementWords } from "./requirement-words.ts";

/** `waybill trust show`: whom the policy believes, how old its roots are, and its rules at a glance (issue 5 §6). */
export function trustText(overview: TrustOverview, style: Style): string {
  const { policy, revision, policyDigest } = overview;
  const from = revision === undefined ? "the work tree" : `commit ${revision.slice(0, 12)}`;
  const head =
    policyDigest === undefined
      ? `There is no trust policy at ${from}: everything is unverified, and only a channel's own demands refuse it.`
      : `The trust policy of ${from}, ${policyDigest}`;
  const parts = [
    [style.bold(head)],
    ...(policy === undefined ? [] : policyParts(policy, overview, style)),
    ...channelPart(overview, style),
    ...revocationPart(overview, style),
  ];
  return parts.map((lines) => lines.map((line) => `${line}\n`).join("")).join("\n");
}

function policyParts(
  policy: TrustPolicy,
  overview: TrustOverview,
  style: Style,
): readonly (readonly string[])[] {
  const roots = [...policy.roots.values()].map((root) => rootCells(root, overview.now, style));
  const rules = policy.rules.flatMap((rule) => ruleLines(rule, style));
  const none =
    policy.noMatch === "deny"
      ? "What no enforced rule is for is unverified, and enters only channels that ask for no trust."
      : "What no rule is for is let through, and never verified.";
  return [
    part("roots", layOut(roots, "  "), style),
    part(
      "authorities",
      [...policy.authorities.values()].flatMap((authority) =>
        authorityBlock(authority, overview, style),
      ),
      style,
    ),
    part("rules", [...rules, `  ${style.dim(none)}`], style),
    part("exceptions", exceptionLines(policy, overview.now, style), style),
    part("never, and from where", sourceLines(policy), style),
    ...(policy.signing === undefined
      ? [[style.dim("Nothing is attested: the policy has no signing.")]]
      : [[`Our own statements are signed as ${plain(policy.signing.authority)}.`]]),
  ].filter((lines) => lines.length > 0);
}

function part(title: string, lines: readonly string[], style: Style): readonly string[] {
  return lines.length === 0 ? [] : [style.bold(title), ...lines];
}

function rootCells(root: TrustRoot, now: Date, style: Style): readonly Cell[] {
  const { age, isStale } = rootAge(root, now);
  const limit = root.maxAge === undefined ? "no limit" : `at most ${formatDuration(root.maxAge)}`;
  const effect = root.onStale === "fail" ? "proves nothing any more" : "a warning";
  return [
    { text: plain(root.name, 100), look: style.bold },
    { text: plain(root.file, 200) },
    { text: age === undefined ? "of no known age" : `${formatDuration(age)} old (${limit})` },
    isStale
      ? { text: `STALE: ${effect}; waybill trust update renews it`, look: style.yellow }
      : { text: "fresh", look: style.green },
  ];
}

function authorityBlock(
  authority: Authority,
  overview: TrustOverview,
  style: Style,
): readonly string[] {
  const { name, identity, evidence, signatureRepository } = authority;
  const asks = demandsWords(evidence, identity.kind);
  const root = identity.kind === "keyless" ? identity.keyless.root : undefined;
  return [
    `  ${style.bold(plain(name, 100))}: ${plain(shortWords(authority), 1_000)}`,
    ...(root === undefined ? [] : [`      proved by the root ${plain(root, 100)}`]),
    ...(asks === undefined ? [] : [`      with ${asks}`]),
    ...(identity.kind === "keys" ? identity.keys.map((key) => keyLine(key, overview, style)) : []),
    ...(signatureRepository === undefined
      ? []
      : [`      looked for in ${plain(signatureRepository, 300)} too`]),
    ...revokedLines(name, overview, style),
  ];
}

/** Keys are listed below their authority, one a line. */
function shortWords(authority: Authority): string {
  const { identity } = authority;
  if (identity.kind !== "keys") return authorityWords(authority);
  return identity.keys.length === 1 ? "a key" : `any of ${identity.keys.length} keys`;
}

function keyLine(named: AuthorityKey, overview: TrustOverview, style: Style): string {
  const { keys, now, revocations } = overview;
  const key = keys.get(named.file);
  const what = `      ${plain(keyWords(named), 300)}`;
  if (key === undefined) return what;
  if (key.kind === "unusable")
    return `${what}: ${style.red(`CANNOT BE USED: ${plain(key.why, 300)}`)}`;
  const ended = named.validTo !== undefined && Date.parse(named.validTo) <= now.getTime();
  const isRevoked = revocations.some(
    ({ target, rescinded }) =>
      rescinded === undefined && target.kind === "key" && target.key === key.spki,
  );
  const expired = ended ? style.yellow(", EXPIRED") : "";
  const revoked = isRevoked ? style.red(", REVOKED") : "";
  return `${what}: ${key.algorithm}, ${key.spki}${expired}${revoked}`;
}

function revokedLines(
  name: string,
  { revocations }: TrustOverview,
  style: Style,
): readonly string[] {
  return revocations
    .filter(({ target, rescinded }) => {
      return rescinded === undefined && target.kind === "authority" && target.authority === name;
    })
    .map(({ reason, revokedAt }) => {
      const since = revokedAt === undefined ? "" : ` since ${revokedAt}`;
      return `      ${style.red(`REVOKED${since}`)}: ${plain(reason, 300)}`;
    });
}

function ruleLines(rule: TrustRule, style: Style): readonly string[] {
  const how = rule.mode === "enforce" ? "enforced" : "warns only";
  return [
    `  ${style.bold(plain(rule.name, 100))} (${how}), for ${plain(matchWords(rule.match), 600)}`,
    ...rule.require.map((requirement) => `      ${plain(requirementWords(requirement), 1_000)}`),
  ];
}

/** What a rule is for, in words. */
export function matchWords(match: RuleMatch): string {
  const { projects, names, kinds, sources, channels, environments, runtimeClasses } = match;
  const parts = (
    [
      ["project", projects],
      ["name", names],
      ["kind", kinds],
      ["source", sources],
      ["channel", channels],
      ["environment", environments],
      ["runtime class", runtimeClasses],
    ] as const
  ).flatMap(([word, globs]) =>
    globs === undefined || globs.includes("**") || globs.includes("*")
      ? []
      : [`${word} ${listed(globs)}`],
  );
  return parts.length === 0 ? "everything" : parts.join(", ");
}

function exceptionLines({ exceptions }: TrustPolicy, now: Date, style: Style): readonly string[] {
  return exceptions.map(({ rule, vulnerability, artifact, reason, until }) => {
    const ended = Date.parse(until) <= now.getTime() ? ` ${style.yellow("(ended)")}` : "";
    return `  ${plain(`${vulnerability} of ${artifact}, by rule ${rule}, until ${until}: ${reason}`, 600)}${ended}`;
  });
}

function sourceLines({ allowedSources, neverPromote }: TrustPolicy): readonly string[] {
  return [
    ...(allowedSources === undefined ? [] : [`  only from ${plain(listed(allowedSources), 600)}`]),
    ...neverPromote.map(({ sources, projects, names, kinds, channels, reason }) => {
      const what = [
        ...(sources === undefined ? [] : [`from ${listed(sources)}`]),
        ...(projects === undefined ? [] : [`of project ${listed(projects)}`]),
        ...(names === undefined ? [] : [`named ${listed(names)}`]),
        ...(kinds === undefined ? [] : [`of kind ${listed(kinds)}`]),
      ].join(", ");
      const where = channels === undefined ? "any channel" : listed(channels);
      return `  never what is ${plain(what || "promoted", 600)} into ${plain(where, 300)}: ${plain(reason, 300)}`;
    }),
  ];
}

function channelPart({ channels }: TrustOverview, style: Style): readonly (readonly string[])[] {
  const asking = channels.filter(({ asks }) => asks.length > 0);
  if (asking.length === 0) return [];
  return [
    [
      style.bold("channels that ask more"),
      ...asking.map(
        ({ name, asks }) => `  ${style.bold(plain(name))}: ${plain(asks.join("; "), 1_500)}`,
      ),
    ],
  ];
}

function revocationPart(
  { revocations }: TrustOverview,
  style: Style,
): readonly (readonly string[])[] {
  if (revocations.length === 0) return [];
  const lifted = revocations.filter(({ rescinded }) => rescinded !== undefined).length;
  const more = lifted === 0 ? "" : `, ${lifted} of them lifted`;
  return [[style.bold(`${count(revocations.length, "revocation")}${more}`)]];
}
