import { parseSemVer, versionTag, type Channel, type Diagnostic, type VersionLine } from "#model";
import { errorAt, shown, type Told } from "../diagnostics.ts";
import { positionIn, type PromotionDocument } from "../documents/promotion.ts";
import { needsSemVer } from "../documents/template.ts";
import type { Lane, Topology } from "./context.ts";

/** Where a channel computes tags, versions are SemVer, candidates are `rc.N`, and none is a moving tag's name (contract §1). */
export function checkVersionRules(
  document: PromotionDocument,
  { lanes }: Topology,
): readonly Diagnostic[] {
  return document.lines.flatMap((line) => {
    for (const use of line.channels) {
      const lane = lanes.get(use.channel);
      const refusal = lane && computesTags(lane) ? refuseVersion(line, lane) : undefined;
      if (refusal !== undefined)
        return [errorAt(positionIn(document, line, "version"), ...refusal)];
    }
    return [];
  });
}

/** A channel computes tags where it has moving ones, or immutable ones made of a version's numbers. */
function computesTags({ moving, channel }: Lane): boolean {
  return moving.length > 0 || channel.immutable.some(needsSemVer);
}

type Refusal = [code: string, told: Told];

function refuseVersion({ version }: VersionLine, lane: Lane): Refusal | undefined {
  const { channel } = lane;
  const named = versionTag(version);
  const tag = lane.moving.find(({ names }) => names.test(named));
  if (tag !== undefined) return movingName(version, channel, tag.template);
  const semver = parseSemVer(version);
  if (semver === undefined) return notSemVer(version, channel);
  const [first, number, ...rest] = semver.prerelease;
  if (typeof first !== "string" || !first.toLowerCase().startsWith("rc")) return undefined;
  const isCandidate = first === "rc" && typeof number === "number" && rest.length === 0;
  return isCandidate ? undefined : candidateForm(version, channel);
}

function movingName(version: string, channel: Channel, tag: string): Refusal {
  return [
    "version-is-moving-tag",
    {
      message: `Version ${shown(version)} has the name of the moving tag ${shown(tag)} of channel ${shown(channel.name)}.`,
      expected: "a version that is no moving tag's name",
      hint: "give the version its full number, such as v1.4.2",
    },
  ];
}

function notSemVer(version: string, channel: Channel): Refusal {
  return [
    "version-not-semver",
    {
      message: `Version ${shown(version)} is no SemVer, and channel ${shown(channel.name)} computes tags.`,
      expected: "a version such as v1.4.2 or v1.5.0-rc.1 (semver.org 2.0)",
      hint: "name the version so, or keep it out of channels that compute tags",
    },
  ];
}

function candidateForm(version: string, channel: Channel): Refusal {
  return [
    "candidate-form",
    {
      message: `Version ${shown(version)} is a release candidate of another form than channel ${shown(channel.name)} orders.`,
      expected: "vX.Y.Z-rc.N",
      hint: "write the candidate's number after a dot, such as v1.5.0-rc.2",
    },
  ];
}
