import {
  matchesAnyGlob,
  parseSemVer,
  type ChannelRequires,
  type Outcome,
  type RequiresResult,
  type RuleResult,
  type TrustState,
} from "#model";
import { judgeImage, judgeSameDigest } from "./image-demands.ts";
import { judgeLicences } from "./licence-demand.ts";
import type { TrustQuestion } from "./question.ts";
import { judgeSoak, type SoakOutcome } from "./soak.ts";

/** What the rules said, for the rows that ask about them. */
export interface RulesSaid {
  readonly trust: TrustState;
  readonly rules: readonly RuleResult[];
}

/** Everything that the channel asks beyond the rules, one row each. */
export interface RequiresOutcome {
  readonly rows: readonly RequiresResult[];
  readonly notBefore: string | undefined;
}

/** Judges a channel's `requires` (003-31, 003-32); a channel without asks nothing beyond the rules that match. */
export function judgeRequires(question: TrustQuestion, said: RulesSaid): RequiresOutcome {
  const { requires } = question.channel;
  if (requires === undefined) return { rows: [], notBefore: undefined };
  const soak: SoakOutcome | undefined =
    requires.soak === undefined ? undefined : judgeSoak(question, requires.soak);
  return {
    rows: [
      ...(requires.trust === "verified" ? [trustRow(question, said)] : []),
      ...requires.rules.map((name) => ruleRow(name, said.rules)),
      ...(soak === undefined ? [] : [soak.row]),
      ...versionsRow(question, requires),
      ...judgeImage(question, requires),
      ...kindsRow(question, requires),
      ...projectsRow(question, requires),
      ...(requires.sameDigestAs === undefined
        ? []
        : [judgeSameDigest(question, requires.sameDigestAs)]),
      ...(requires.licences === undefined ? [] : [judgeLicences(question, requires.licences)]),
    ],
    notBefore: soak?.notBefore,
  };
}

function trustRow({ policy }: TrustQuestion, { trust, rules }: RulesSaid): RequiresResult {
  const enforced = rules.filter(({ mode }) => mode === "enforce");
  const unknown = trust === "unverified" && enforced.some(({ outcome }) => outcome === "unknown");
  const why =
    policy === undefined
      ? "there is no policies/trust.yaml"
      : enforced.length === 0
        ? "no enforce rule matches"
        : trust;
  return {
    name: "trust",
    outcome: trust === "verified" ? "pass" : unknown ? "unknown" : "fail",
    expected: "verified",
    found: trust === "verified" ? trust : `${trust}${why === trust ? "" : `: ${why}`}`,
  };
}

function ruleRow(name: string, rules: readonly RuleResult[]): RequiresResult {
  const rule = rules.find((item) => item.rule === name);
  const outcome: Outcome = rule?.outcome ?? "fail";
  const found = rule === undefined ? "no such rule" : outcome;
  return { name: `rules.${name}`, outcome, expected: "pass", found };
}

function versionsRow(
  { version }: TrustQuestion,
  { versions }: ChannelRequires,
): readonly RequiresResult[] {
  if (versions === "any") return [];
  const semver = parseSemVer(version);
  const isRelease = semver?.prerelease.length === 0;
  const fits = semver !== undefined && isRelease === (versions === "release");
  const is = semver === undefined ? "no SemVer" : isRelease ? "a release" : "a pre-release";
  return [
    {
      name: "versions",
      outcome: fits ? "pass" : "fail",
      expected: versions === "release" ? "a release" : "a pre-release",
      found: `${version}, ${is}`,
    },
  ];
}

function kindsRow(
  { artifact }: TrustQuestion,
  { kinds }: ChannelRequires,
): readonly RequiresResult[] {
  if (kinds === undefined) return [];
  const outcome = kinds.includes(artifact.kind) ? "pass" : "fail";
  return [{ name: "kinds", outcome, expected: kinds.join(", "), found: artifact.kind }];
}

function projectsRow(
  { artifact }: TrustQuestion,
  { projects }: ChannelRequires,
): readonly RequiresResult[] {
  if (projects === undefined) return [];
  const outcome = matchesAnyGlob(projects, artifact.project) ? "pass" : "fail";
  return [{ name: "projects", outcome, expected: projects.join(", "), found: artifact.project }];
}
