import { formatDuration, type ChannelRequires } from "#model";
import { listed } from "./authority-words.ts";
import { conditionWords } from "./requirement-words.ts";

/** What a channel asks beyond the rules that match, in words. */
export function requiresWords(requires: ChannelRequires): readonly string[] {
  const { soak, sameDigestAs, licences, kinds, projects, platforms } = requires;
  return [
    ...(requires.trust === "verified" ? ["trust that is verified by at least one rule"] : []),
    ...requires.rules.map((rule) => `that rule ${rule} passes`),
    ...(soak === undefined ? [] : [`${formatDuration(soak)} in the channel before`]),
    ...(requires.versions === "any" ? [] : [`a ${requires.versions} by its version`]),
    ...(platforms.length === 0 ? [] : [`the platforms ${listed(platforms, "and")}`]),
    ...[...requires.annotations].map(([name, { conditions }]) => {
      const words = conditions.map((condition) => conditionWords({ ...condition, path: name }));
      return `a label where ${words.join(" and ")}`;
    }),
    ...(kinds === undefined ? [] : [`the kind ${listed(kinds)}`]),
    ...(projects === undefined ? [] : [`a project that matches ${listed(projects)}`]),
    ...(sameDigestAs === undefined ? [] : [`the digest that tag ${sameDigestAs} names before`]),
    ...(requires.basePinned ? ["a base image that is named by digest"] : []),
    ...(licences === undefined ? [] : [licenceWords(licences)]),
  ];
}

function licenceWords({ deny, unknown }: NonNullable<ChannelRequires["licences"]>): string {
  const never = deny.length === 0 ? "" : `no package under ${listed(deny)}`;
  const silent = unknown === "refuse" ? "no package whose licence is not said" : "";
  return [never, silent].filter((part) => part !== "").join(" and ") || "licences, any";
}
