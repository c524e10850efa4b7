import {
  isName,
  isProject,
  isTag,
  needsRevision,
  parseAddress,
  placeUnder,
  type Channel,
  type Diagnostic,
  type Place,
  type Repository,
  type VersionLine,
  type Want,
} from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import { positionIn, type PromotionDocument } from "../documents/promotion.ts";
import { fillTag, fillTemplate, wordsOf, type VersionWords } from "../documents/template.ts";
import { keyPositionOf } from "../yaml/tree.ts";
import type { Lane, Topology } from "./context.ts";
import { sitesOfUse } from "./uses.ts";

/** The places of one artifact, sorted by channel and site, and what keeps one from being a place. */
export interface PlacesFound {
  readonly places: readonly Place[];
  readonly diagnostics: readonly Diagnostic[];
}

/** A line with its tags in one channel, and the sites of the channel that it means. */
interface Claim {
  readonly want: Want;
  readonly sites: ReadonlySet<string>;
}

/**
 * Every repository that a channel and a site give an artifact, whether or not a line means it now: what is found there
 * of lines that do not is withdrawn (contract §3).
 */
export function placesOf(document: PromotionDocument, topology: Topology): PlacesFound {
  if (!isProject(document.project) || !isName(document.name))
    return { places: [], diagnostics: [] };
  const words = new Map(document.lines.map((line) => [line, wordsOf(line.version)]));
  const found = [...topology.lanes.values()].map((lane) =>
    placesIn({ document, words, topology }, lane),
  );
  return {
    places: found.flatMap(({ places }) => places),
    diagnostics: found.flatMap(({ diagnostics }) => diagnostics),
  };
}

interface Reading {
  readonly document: PromotionDocument;
  readonly words: ReadonlyMap<VersionLine, VersionWords>;
  readonly topology: Topology;
}

function placesIn({ document, words, topology }: Reading, lane: Lane): PlacesFound {
  const { channel } = lane;
  const path = pathOf(document, lane);
  if (path === undefined) return { places: [], diagnostics: [] };
  const claims = [...words].map(([line, own]) => claimOf(line, own, { channel, topology }));
  const places: Place[] = [];
  const diagnostics = [...checkTags(document, claims)];
  for (const site of lane.sortedSites) {
    const root = storeOf(document, site, topology);
    if (root === undefined) continue;
    const repository = repositoryUnder(root, path);
    if (repository === undefined) diagnostics.push(noPlace(document, channel, { root, path }));
    else places.push(placeAt(claims, { channel, site, repository }));
  }
  return { places, diagnostics };
}

function pathOf(document: PromotionDocument, { channel, to }: Lane): string | undefined {
  const { project, name, artifact } = document;
  if (to === undefined || artifact.kind === undefined) return undefined;
  const words = { project, name, channel: channel.name, kind: artifact.kind };
  return fillTemplate(to, new Map(Object.entries(words)));
}

function storeOf(
  { artifact }: PromotionDocument,
  site: string,
  { sites }: Topology,
): string | undefined {
  if (artifact.sourceType === undefined) return undefined;
  return sites.get(site)?.stores.get(artifact.sourceType);
}

/** The canonical repository under a root; undefined where such a store can have none of that path. */
function repositoryUnder(root: string, path: string): Repository | undefined {
  const address = parseAddress(root);
  if (typeof address === "string") return undefined;
  const place = placeUnder(address, path);
  return typeof parseAddress(place) === "string" ? undefined : place;
}

function noPlace(
  document: PromotionDocument,
  channel: Channel,
  { root, path }: { readonly root: string; readonly path: string },
): Diagnostic {
  return errorAt(keyPositionOf(document.tree, ["name"]), "place-form", {
    message: `Channel ${shown(channel.name)} would put ${document.id} at ${shown(path)} under ${root}, which no store can hold.`,
    expected: "a repository path of at most 255 characters, for layouts without a part named blobs",
    hint: `rename the artifact, or change to of channel ${channel.name}`,
  });
}

interface Target {
  readonly channel: Channel;
  readonly topology: Topology;
}

function claimOf(line: VersionLine, words: VersionWords, { channel, topology }: Target): Claim {
  const tags = channel.immutable.flatMap((template) => fillTag(template, words) ?? []);
  const uses =
    line.state === "retired" ? [] : line.channels.filter((use) => use.channel === channel.name);
  return {
    want: { line, tags: tags.length > 1 ? [...new Set(tags)] : tags },
    sites: uses.length === 0 ? NOWHERE : new Set(uses.flatMap((use) => sitesOfUse(use, topology))),
  };
}

const NOWHERE: ReadonlySet<string> = new Set();

interface Spot {
  readonly channel: Channel;
  readonly site: string;
  readonly repository: Repository;
}

function placeAt(claims: readonly Claim[], { channel, site, repository }: Spot): Place {
  return {
    channel: channel.name,
    site,
    required: channel.require.includes(site),
    repository,
    wants: claims.filter(({ sites }) => sites.has(site)).map(({ want }) => want),
    leaves: claims.filter(({ sites }) => !sites.has(site)).map(({ want }) => want),
  };
}

/** A version may be a tag's length by itself and too long in a template. */
function checkTags(document: PromotionDocument, claims: readonly Claim[]): readonly Diagnostic[] {
  return claims.flatMap(({ want, sites }) => {
    const wrong = want.tags.find((tag) => !needsRevision(tag) && !isTag(tag));
    if (sites.size === 0 || wrong === undefined) return [];
    return [
      errorAt(positionIn(document, want.line, "version"), "tag-form", {
        message: `Version ${shown(want.line.version)} would get the tag ${shown(wrong)}, which is none.`,
        expected: "a tag of at most 128 letters, digits, ., _ and -",
        hint: "shorten the version, or the channel's tag template",
      }),
    ];
  });
}
