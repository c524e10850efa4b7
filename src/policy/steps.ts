import {
  versionIdentity,
  type Channel,
  type ChannelUse,
  type Diagnostic,
  type VersionLine,
} from "#model";

/** An artifact's lines now and at the base revision; none where the base has no such file. */
export interface ArtifactStep {
  readonly id: string;
  readonly lines: readonly VersionLine[];
  readonly base: readonly VersionLine[];
}

/**
 * The rule of steps (contract §2, `after`): a version that gains a channel held one of the channel's `after` at the base,
 * or gains it at once where the channel allows that; what is deprecated or retired gains none (003-26). Channels that were
 * held are never checked again. `channels` is the authority's: the base's rules, and the tree's own only for channels
 * that the base does not have.
 */
export function checkSteps(
  steps: readonly ArtifactStep[],
  channels: ReadonlyMap<string, Channel>,
): readonly Diagnostic[] {
  return steps.flatMap((step) => {
    const before = new Map(step.base.map((line) => [versionIdentity(line.version), line]));
    return step.lines.flatMap((line) => {
      const held = channelsOf(before.get(versionIdentity(line.version)));
      const gained = line.channels.filter((use) => !held.has(use.channel));
      return gained.flatMap((use) => {
        const channel = channels.get(use.channel);
        return checkGain({ id: step.id, line, use, channel, held: withOrigin(line, held, before) });
      });
    });
  });
}

function channelsOf(line: VersionLine | undefined): ReadonlySet<string> {
  return new Set(line?.channels.map(({ channel }) => channel));
}

/** A version that was released by retag counts as having been where its origin was at the base. */
function withOrigin(
  line: VersionLine,
  held: ReadonlySet<string>,
  before: ReadonlyMap<string, VersionLine>,
): ReadonlySet<string> {
  const origin = line.from === undefined ? undefined : before.get(versionIdentity(line.from));
  return origin?.digest === line.digest ? new Set([...held, ...channelsOf(origin)]) : held;
}

interface Gain {
  readonly id: string;
  readonly line: VersionLine;
  readonly use: ChannelUse;
  readonly channel: Channel | undefined;
  /** What the version, or its origin, held at the base. */
  readonly held: ReadonlySet<string>;
}

function checkGain(gain: Gain): readonly Diagnostic[] {
  const { line, channel, held } = gain;
  if (line.state !== undefined) return [promotesEnded(gain, line.state)];
  if (channel === undefined || channel.after.length === 0) return [];
  if (channel.after.some((name) => held.has(name))) return [];
  const now = channelsOf(line);
  if (channel.samePullRequest && channel.after.some((name) => now.has(name))) return [];
  return [skipsStep(gain, channel)];
}

const ENDED = { deprecated: "promotes-deprecated", retired: "promotes-retired" } as const;

function promotesEnded({ id, line, use }: Gain, state: "deprecated" | "retired"): Diagnostic {
  return {
    ...use.at,
    code: ENDED[state],
    severity: "error",
    message: `${id}@${line.version} is ${state} and would gain channel ${use.channel}.`,
    expected: "no channel beyond those of the base",
    hint: "promote a version that is in use, or leave the channel out",
  };
}

function skipsStep({ id, line, use }: Gain, channel: Channel): Diagnostic {
  const steps = channel.after.join(" or ");
  const together = channel.samePullRequest ? ", or gains it in the same pull request" : "";
  return {
    ...use.at,
    code: "step-skipped",
    severity: "error",
    message: `${id}@${line.version} would gain channel ${use.channel}, and was not in ${steps} before.`,
    expected: `a version that held ${steps} at the base${together}`,
    hint: `merge a promotion to ${channel.after.at(-1) ?? steps} first: waybill promote ${id}@${line.version} --to ${channel.after.at(-1) ?? steps}`,
  };
}
