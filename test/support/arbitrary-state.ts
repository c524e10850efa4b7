import fc from "fast-check";
import type {
  ActualState,
  Channel,
  DesiredArtifact,
  DesiredState,
  Facets,
  MovingRule,
  ObservedTarget,
  Repository,
  VersionLine,
} from "#model";
import {
  actualState,
  channel,
  desiredArtifact,
  desiredState,
  digestOf,
  fault,
  kpromoArtifact,
  line,
  pin,
  repo,
  source,
  target,
} from "./state.ts";

/** A made-up promotions repository and the stores as somebody may have left them: tags moved, lost, foreign, unreadable. */
export interface World {
  readonly desired: DesiredState;
  readonly actual: ActualState;
}

const VERSIONS = ["v1.0.0", "v1.1.0", "v1.1.1-rc.1", "v1.1.1", "v2.0.0-rc.2", "v2.0.0", "v3.0.0"];
const WORDS = ["a", "b", "c", "d", "e"];
const CHANNELS = ["dev", "prod", "test"];
const SITES = ["bergen", "narvik", "oslo"];
const MOVING: readonly (readonly [string, MovingRule])[] = [
  ["stable", "newest-stable"],
  ["candidate", "newest-prerelease"],
  ["{major}.{minor}", "newest-in-line"],
  ["v{major}", "newest-in-line"],
];
const TAGS = [...VERSIONS, "stable", "candidate", "v1", "v2", "1.1", "3.0"];

const words = fc.constantFrom(...WORDS);
function rarely<Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.option(value, { freq: 8, nil: undefined });
}

function dictionary<Value>(
  names: readonly string[],
  values: fc.Arbitrary<Value>,
): fc.Arbitrary<Record<string, Value>> {
  return fc.dictionary(fc.constantFrom(...names), values, { maxKeys: 4, noNullPrototype: true });
}

const channels: fc.Arbitrary<readonly Channel[]> = fc
  .uniqueArray(fc.constantFrom(...CHANNELS), { minLength: 1 })
  .chain((names) => fc.tuple(...names.map(channelNamed)));

function channelNamed(name: string): fc.Arbitrary<Channel> {
  return fc
    .record({
      to: fc.constantFrom(`${name}/{project}/{name}`, "{project}/{name}", "shared"),
      sites: fc.shuffledSubarray(SITES, { minLength: 1 }),
      required: fc.nat(3),
      extra: fc.nat(2),
      moving: fc.subarray([...MOVING]),
    })
    .map(({ to, sites, required, extra, moving }) => {
      const require = sites.slice(0, required);
      const quorum = Math.min(sites.length, require.length + extra);
      const bestEffort = sites.slice(required);
      return channel(name, { to, require, bestEffort, quorum, moving: new Map(moving) });
    });
}

const versionLine: fc.Arbitrary<VersionLine> = fc
  .record({
    version: fc.constantFrom(...VERSIONS),
    digest: words,
    state: fc.constantFrom(undefined, undefined, "deprecated" as const, "retired" as const),
    uses: fc.subarray([...CHANNELS, "prod@oslo", "test@bergen,narvik"]),
  })
  .map(({ version, digest, state, uses }) => line(version, { digest, state, in: uses }));

function artifactNamed(id: string): fc.Arbitrary<DesiredArtifact> {
  return fc
    .record({
      lines: fc.uniqueArray(versionLine, { selector: ({ version }) => version, maxLength: 5 }),
      pinned: rarely(fc.constantFrom(...VERSIONS)),
    })
    .map(({ lines, pinned }) => {
      const pins = new Map(pinned === undefined ? [] : [["stable", pin(pinned)]]);
      return desiredArtifact(id, {
        lines,
        source: repo(`registry.example.com/staging/${id}`),
        pins: new Map(CHANNELS.map((name) => [name, pins])),
      });
    });
}

const image: fc.Arbitrary<DesiredArtifact> = fc.uniqueArray(words, { minLength: 1 }).map((found) =>
  kpromoArtifact(
    "k8s/etcd",
    Object.fromEntries(found.map((word, index) => [word, index === 0 ? [] : [`k-${word}`]])),
    SITES.map((site) => repo(`registry.${site}.example.com/images/etcd`)),
  ),
);

const facets: fc.Arbitrary<Facets> = fc
  .record({ lacks: fc.boolean(), torn: fc.boolean() })
  .map(({ lacks, torn }) => ({
    missing: lacks ? [{ mediaType: "x", digest: digestOf("blob"), size: 7 }] : [],
    missingEvidence: [],
    divergedEvidence: torn ? ["sha256-0.sig"] : [],
    fault: torn ? fault() : undefined,
  }));

/** Tag → word, as the lines that mean a repository, or once did, would have it. */
type Likely = readonly (readonly [string, string])[];

function likelyAt(desired: DesiredState, repository: Repository): Likely {
  const places = desired.artifacts.flatMap((artifact) => artifact.places);
  return places
    .filter((place) => place.repository === repository)
    .flatMap(({ wants, leaves }) => [...wants, ...leaves])
    .flatMap(({ line: item, tags }) => {
      const word = WORDS.find((candidate) => digestOf(candidate) === item.digest) ?? "strange";
      return tags.map((tag) => [tag, word] as const);
    });
}

function observedAt(repository: Repository, likely: Likely): fc.Arbitrary<ObservedTarget> {
  const digests = WORDS.map((word) => digestOf(word));
  return fc
    .record({
      whole: rarely(fc.constant(fault())),
      right: fc.subarray([...likely]),
      moving: dictionary(["stable", "candidate", "v1", "v2", "1.1"], words),
      wrong: rarely(dictionary([...TAGS, "k-a", "k-b"], fc.constantFrom(...WORDS, "strange"))),
      digests: fc.subarray(WORDS),
      faults: rarely(dictionary([...TAGS, ...digests], fc.constant(fault()))),
      foreign: fc.subarray(["zoo", "candidate", "v1"]),
      facets: rarely(fc.dictionary(words, facets, { noNullPrototype: true })),
      heldBy: rarely(dictionary(WORDS, fc.subarray(WORDS))),
    })
    .map(({ whole, faults = {}, heldBy = {}, ...found }) => {
      const named = { ...Object.fromEntries(found.right), ...found.moving, ...found.wrong };
      const tags = Object.fromEntries(
        Object.entries(whole ? {} : named).filter(([tag]) => !(tag in faults)),
      );
      const looked = Object.entries(found.facets ?? {}).map(
        ([word, item]) => [digestOf(word), item] as const,
      );
      return target(repository, {
        ...(whole && { fault: whole }),
        tags,
        digests: whole ? [] : found.digests.filter((word) => !(digestOf(word) in faults)),
        faults,
        foreign: found.foreign.filter((tag) => !(tag in tags) && !(tag in faults)),
        facets: new Map(looked),
        heldBy,
      });
    });
}

/** Worlds of up to three artifacts of promotions and one image of a thin manifest. */
export const worlds: fc.Arbitrary<World> = fc
  .record({
    rules: channels,
    artifacts: fc.tuple(...["p/a", "p/b", "q/c"].map(artifactNamed)),
    kept: fc.nat(3),
    images: fc.array(image, { maxLength: 1 }),
  })
  .map(({ rules, artifacts, kept, images }) =>
    desiredState(rules, [...artifacts.slice(0, kept), ...images]),
  )
  .chain((desired) => {
    const places = desired.artifacts.flatMap((artifact) => artifact.places);
    const repositories = [...new Set(places.map(({ repository }) => repository))];
    const origins = [...new Set(desired.artifacts.map((artifact) => artifact.source))];
    return fc
      .record({
        targets: fc.tuple(...repositories.map((at) => observedAt(at, likelyAt(desired, at)))),
        answers: fc.tuple(
          ...origins.map(() => fc.array(fc.nat(9), { minLength: 5, maxLength: 5 })),
        ),
      })
      .map(({ targets, answers }) => ({
        desired,
        actual: actualState(desired, {
          targets,
          sources: origins.map((origin, index) => observedSource(origin, answers[index] ?? [])),
        }),
      }));
  });

function observedSource(origin: Repository, answers: readonly number[]): ReturnType<typeof source> {
  function says(low: number, high: number): readonly string[] {
    return WORDS.filter(
      (_, index) => (answers[index] ?? 0) >= low && (answers[index] ?? 0) <= high,
    );
  }
  return source(origin, {
    has: says(0, 7),
    absent: says(8, 8),
    faults: Object.fromEntries(says(9, 9).map((word) => [word, fault()])),
  });
}
