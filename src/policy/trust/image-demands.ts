import {
  isDigest,
  type Digest,
  type AnnotationDemand,
  type ChannelRequires,
  type ImageFacts,
  type RequiresResult,
} from "#model";
import { judgeCondition } from "./conditions.ts";
import type { TrustQuestion } from "./question.ts";

const BASE_DIGEST = "org.opencontainers.image.base.digest";

/** What a channel asks of the manifest and its configs: platforms, annotations, a pinned base (002-11, 002-28, 001-03). */
export function judgeImage(
  { facts, now }: TrustQuestion,
  requires: ChannelRequires,
): readonly RequiresResult[] {
  const names = [
    ...(requires.platforms.length > 0 ? ["platforms"] : []),
    ...[...requires.annotations.keys()].map((key) => `annotations.${key}`),
    ...(requires.basePinned ? ["baseImage"] : []),
  ];
  if (facts.image.kind === "unknown") {
    const found = facts.image.fault.message;
    return names.map((name) => ({
      name,
      outcome: "unknown",
      expected: "a manifest that can be read",
      found,
    }));
  }
  const image = facts.image.value;
  return [
    ...(requires.platforms.length > 0 ? [platformsRow(image, requires.platforms)] : []),
    ...[...requires.annotations].map(([key, demand]) => annotationRow(image, { key, demand, now })),
    ...(requires.basePinned ? [baseRow(image)] : []),
  ];
}

function platformsRow(image: ImageFacts, wanted: readonly string[]): RequiresResult {
  const there = new Set(image.platforms.map(({ platform }) => platform));
  const missing = wanted.filter((platform) => !there.has(platform));
  return {
    name: "platforms",
    outcome: missing.length === 0 ? "pass" : "fail",
    expected: wanted.join(", "),
    found: there.size === 0 ? "no platform" : [...there].toSorted().join(", "),
  };
}

interface AskedAnnotation {
  readonly key: string;
  readonly demand: AnnotationDemand;
  readonly now: Date;
}

function annotationRow(image: ImageFacts, { key, demand, now }: AskedAnnotation): RequiresResult {
  const values = valuesOf(image, key);
  const judged = values.flatMap((value) =>
    demand.conditions.map((condition) =>
      value === undefined
        ? { ...judgeCondition(condition, "", now), holds: false, found: "nothing" }
        : judgeCondition(condition, value, now),
    ),
  );
  const failed = judged.find(({ holds }) => !holds);
  return {
    name: `annotations.${key}`,
    outcome: failed === undefined && judged.length > 0 ? "pass" : "fail",
    expected: failed?.expected ?? judged[0]?.expected ?? "the value is there",
    found: failed?.found ?? judged[0]?.found ?? "nothing",
  };
}

/** The manifest's own annotation or label; where it has none, what each platform says. */
function valuesOf(image: ImageFacts, key: string): readonly (string | undefined)[] {
  const own = valueIn(image, key);
  if (own !== undefined || image.platforms.length === 0) return [own];
  return image.platforms.map((platform) => valueIn(platform, key));
}

function valueIn(
  { annotations, labels }: Pick<ImageFacts, "annotations" | "labels">,
  key: string,
): string | undefined {
  if (Object.hasOwn(annotations, key)) return annotations[key];
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function baseRow(image: ImageFacts): RequiresResult {
  const values = valuesOf(image, BASE_DIGEST);
  const wrong = values.find((value) => value === undefined || !isDigest(value));
  const pinned = values.every((value) => value !== undefined && isDigest(value));
  return {
    name: "baseImage",
    outcome: pinned ? "pass" : "fail",
    expected: `the base's digest in ${BASE_DIGEST}`,
    found: pinned ? (values[0] ?? "") : (wrong ?? "nothing"),
  };
}

/** Whether a moving tag of an `after` channel names the digest (002-18, 002-64). */
export function judgeSameDigest(
  { channel, facts, digest }: TrustQuestion,
  tag: string,
): RequiresResult {
  const row = {
    name: "sameDigestAs",
    expected: `${tag} of ${channel.after.join(" or ")} names it`,
  };
  const named = channel.after.map((name) => {
    const tags = facts.movingTags.get(name);
    return tags?.has(tag) === true ? (tags.get(tag) ?? "nothing") : undefined;
  });
  if (named.includes(digest)) return { ...row, outcome: "pass", found: digest };
  const known = named.filter((value): value is Digest | "nothing" => value !== undefined);
  return known.length < named.length || known.length === 0
    ? { ...row, outcome: "unknown", found: "a tag that could not be read" }
    : { ...row, outcome: "fail", found: known.join(", ") };
}
