import {
  matchesAnyGlob,
  parseAddress,
  repositoryAt,
  type Channel,
  type Glob,
  type RuleMatch,
  type Site,
} from "#model";

/** Where everything that a rule matches is placed in registries, as globs over repositories; sorted. */
export function placesOf(
  match: RuleMatch,
  channels: Iterable<Channel>,
  sites: ReadonlyMap<string, Site>,
): readonly Glob[] {
  const found = new Set<Glob>();
  for (const channel of channels) {
    if (channel.to === undefined || !matchesAnyGlob(match.channels, channel.name)) continue;
    for (const name of [...channel.require, ...channel.bestEffort]) {
      const site = sites.get(name);
      if (!matchesAnyGlob(match.environments, site?.environment ?? "")) continue;
      const root = registryRoot(site?.stores.get("oci"));
      if (root === undefined) continue;
      for (const path of pathsOf(channel.to, channel.name, match)) found.add(`${root}/${path}`);
    }
  }
  return [...found].toSorted();
}

/** The root of a store that other tools pull from; undefined for a layout, a folder, a bucket. */
function registryRoot(store: string | undefined): string | undefined {
  const address = store === undefined ? "" : parseAddress(store);
  if (typeof address === "string" || address.kind !== "registry") return undefined;
  return repositoryAt(address);
}

function pathsOf(template: string, channel: string, match: RuleMatch): readonly Glob[] {
  const words: readonly (readonly [string, readonly Glob[]])[] = [
    ["{channel}", [channel]],
    ["{project}", match.projects ?? ["*"]],
    ["{name}", match.names ?? ["**"]],
    ["{kind}", match.kinds ?? ["*"]],
  ];
  return words.reduce<readonly Glob[]>(
    (paths, [word, values]) =>
      paths.flatMap((path) =>
        path.includes(word) ? values.map((value) => path.replaceAll(word, value)) : [path],
      ),
    [template],
  );
}

/** A glob over repositories as a regular expression over an image's whole name, its tag and digest included. */
export function imageExpression(glob: Glob): string {
  return `^${expressionOf(glob)}([:@].*)?$`;
}

function expressionOf(glob: Glob): string {
  return glob
    .split(/(\*\*|\*)/)
    .map((part) => {
      if (part === "**") return "[^:@]*";
      return part === "*" ? "[^/:@]*" : part.replace(/[.+^$(){}|\\[\]?]/g, String.raw`\$&`);
    })
    .join("");
}
