import { globsMeet, matchesAnyGlob, type Diagnostic, type RuleMatch } from "#model";
import { errorAt, shown, warningAt } from "../diagnostics.ts";
import { suggestion } from "../nearest.ts";
import type { Policies } from "../resolve/context.ts";
import { itemsOf, nodeAt, positionOf, textOf } from "../yaml/tree.ts";

/** What the trust file and the other policies say that does not fit together (issue 5 §2). */
export function checkTrustContext(policies: Policies): readonly Diagnostic[] {
  return [...checkMatches(policies), ...checkChannelRules(policies)];
}

/** A rule that can never match protects nothing, and its author believes that it does. */
function checkMatches(policies: Policies): readonly Diagnostic[] {
  const { trust } = policies;
  if (trust === undefined) return [];
  return trust.policy.rules.flatMap((rule) => {
    const why = whyNever(policies, rule.match);
    if (why === undefined) return [];
    return [
      warningAt(rule.at, "rule-never-matches", {
        message: `The rule ${shown(rule.name)} can never match: ${why}.`,
        expected: "a match that some artifact could have",
        hint: "correct the match, or remove the rule",
      }),
    ];
  });
}

function whyNever(policies: Policies, match: RuleMatch): string | undefined {
  const allowed = policies.trust?.policy.allowedSources;
  const sources = match.sources;
  if (allowed !== undefined && sources !== undefined) {
    const globs = allowed.map((glob) => glob.replaceAll("{project}", "**"));
    if (!sources.some((source) => globs.some((glob) => globsMeet(source, glob))))
      return "sources.allow holds none of its sources";
  }
  const known = [...(policies.channels?.channels.values() ?? [])];
  if (known.length === 0) return undefined;
  const channels = known.filter(({ name }) => matchesAnyGlob(match.channels, name));
  if (channels.length === 0) return "no channel has such a name";
  const environments = channels
    .flatMap(({ require, bestEffort }) => [...require, ...bestEffort])
    .map((site) => policies.sites?.sites.get(site)?.environment ?? "");
  if (environments.length === 0 || match.environments === undefined) return undefined;
  return environments.some((environment) => matchesAnyGlob(match.environments, environment))
    ? undefined
    : "no site of its channels has such an environment";
}

/** What channels ask of trust must be there to be asked. */
function checkChannelRules({ channels, trust }: Policies): readonly Diagnostic[] {
  if (channels === undefined) return [];
  const rules = new Set(trust?.policy.rules.map(({ name }) => name));
  return [...channels.channels.values()].flatMap(({ name, requires, attestation }) => {
    const path = ["channels", name];
    const unknown = itemsOf(nodeAt(channels.tree.root, [...path, "requires", "rules"])).filter(
      (item) => !rules.has(textOf(item) ?? ""),
    );
    const verified = positionOf(channels.tree, [...path, "requires", "trust"]);
    const placement = positionOf(channels.tree, [...path, "attestation"]);
    const writes = attestation !== undefined && attestation.attach !== "none";
    return [
      ...unknown.map((item) =>
        errorAt(channels.tree.positionAt(item.start), "unknown-rule", {
          message: `Channel ${shown(name)} asks for the rule ${shown(textOf(item) ?? "")}, which does not exist.`,
          expected: "a rule of policies/trust.yaml",
          hint: suggestion(textOf(item) ?? "", rules, "write the rule, or remove it here"),
        }),
      ),
      ...(requires?.trust === "verified" && rules.size === 0
        ? [
            warningAt(verified, "nothing-verifies", {
              message: `Channel ${shown(name)} asks for verified artifacts, and there is no rule that could verify one: nothing can enter.`,
              hint: "write rules in policies/trust.yaml",
            }),
          ]
        : []),
      ...(writes && trust?.policy.signing === undefined
        ? [
            warningAt(placement, "attestation-without-signing", {
              message: `Channel ${shown(name)} wants attestations, and policies/trust.yaml has no signing: none are written.`,
              hint: "add signing to policies/trust.yaml, or remove attestation here",
            }),
          ]
        : []),
    ];
  });
}
