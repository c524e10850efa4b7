import { parseAddress, registryHost, type DesiredState } from "#model";
import type { Loaded } from "../load.ts";
import { FOLDERS } from "../read-files.ts";

/**
 * Hosts of stores that the base does not know: a pull request may name any, and whoever runs its check would tell them
 * that it runs, and send what registries.yaml gives them. They are not contacted (issue 6 §1). A host is known by the
 * base's sites, by an entry of its registries for exactly that host, or as a source of one of its artifacts; a pattern
 * names hosts that nobody has seen.
 */
export async function newHosts({
  desired,
  revisions,
}: Pick<Loaded, "desired" | "revisions">): Promise<ReadonlySet<string>> {
  const { git, since } = revisions;
  if (git === undefined || since === undefined) return new Set();
  const { readPolicies } = await import("#desired");
  const texts = await git.read(since, ["policies/sites.yaml", "policies/registries.yaml"]);
  const { sites, registries } = readPolicies(sourceFiles(texts)).policies;
  const roots = [...(sites?.sites.values() ?? [])].flatMap(({ stores }) => [...stores.values()]);
  const known = new Set([
    ...roots.map(hostOfRoot),
    ...(registries?.hosts ?? []).map(({ match }) => match),
  ]);
  const unknown = [...hostsOf(desired)].filter((host) => !known.has(host));
  if (unknown.length === 0) return new Set();
  const sources = await sourceHosts({ git, since }, unknown);
  return new Set(unknown.filter((host) => !sources.has(host)));
}

function hostOfRoot(root: string): string | undefined {
  const address = parseAddress(root);
  return typeof address !== "string" && address.kind === "registry" ? address.host : undefined;
}

/** Every host that a version is to come from or to go to. */
function hostsOf({ artifacts }: DesiredState): ReadonlySet<string> {
  const hosts = new Set<string>();
  for (const { source, places } of artifacts) {
    for (const repository of [source, ...places.map((place) => place.repository)]) {
      const host = registryHost(repository);
      if (host !== undefined) hosts.add(host);
    }
  }
  return hosts;
}

interface Base {
  readonly git: NonNullable<Loaded["revisions"]["git"]>;
  readonly since: string;
}

/** Hosts of the base's artifacts; only files that name one of the hosts are parsed. */
async function sourceHosts(
  { git, since }: Base,
  hosts: readonly string[],
): Promise<ReadonlySet<string>> {
  const { readPromotions, readKpromo } = await import("#desired");
  const folders = FOLDERS.filter((folder) => folder !== "policies");
  const texts = await git.read(since, await git.filesAt(since, folders));
  const files = sourceFiles(texts).filter(({ text }) => hosts.some((host) => text.includes(host)));
  const promotions = readPromotions(files).documents.flatMap(({ artifact }) =>
    artifact.source === undefined ? [] : [registryHost(artifact.source)],
  );
  // kpromo reads its manifests as pairs, so that all of them are given where one names a host.
  const isKpromo = files.some(({ path }) => !path.startsWith("promotions/"));
  const kpromo = isKpromo
    ? hostsOf({ ...NOTHING, artifacts: readKpromo(sourceFiles(texts)).artifacts })
    : new Set<string>();
  return new Set([...promotions.filter((host) => host !== undefined), ...kpromo]);
}

const NOTHING = { channels: new Map(), sites: new Map() };

function sourceFiles(
  texts: ReadonlyMap<string, string>,
): readonly { readonly path: string; readonly text: string }[] {
  return [...texts].map(([path, text]) => ({ path, text }));
}
