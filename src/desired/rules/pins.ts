import { versionIdentity, type Diagnostic, type Pin, type VersionLine } from "#model";
import { errorAt, shown, type Told } from "../diagnostics.ts";
import type { PromotionDocument } from "../documents/promotion.ts";
import { positionOf } from "../yaml/tree.ts";

/** A pin names a version that is listed in that channel and not retired (contract §2). */
export function checkPins(document: PromotionDocument): readonly Diagnostic[] {
  const byIdentity = new Map(document.lines.map((line) => [versionIdentity(line.version), line]));
  return [...document.pins].flatMap(([channel, pins]) =>
    [...pins].flatMap(([tag, pin]) => {
      const line = byIdentity.get(versionIdentity(pin.version));
      const refusal = refusePin({ document, channel, tag, pin }, line);
      const refused = refusal === undefined ? [] : [errorAt(pin.at, ...refusal)];
      return [...refused, ...checkUntil(document, ["pins", channel, tag, "until"], pin)];
    }),
  );
}

interface Pinned {
  readonly document: PromotionDocument;
  readonly channel: string;
  readonly tag: string;
  readonly pin: Pin;
}

function refusePin(
  { document, channel, tag, pin }: Pinned,
  line: VersionLine | undefined,
): [code: string, told: Told] | undefined {
  const what = `${shown(tag)} of channel ${shown(channel)} is pinned to ${shown(pin.version)}`;
  const expected = "a version that is listed in that channel and not retired";
  if (line === undefined) {
    if (document.mentioned.has(versionIdentity(pin.version))) return undefined;
    const hint = "list the version, or remove the pin";
    return ["pin-not-listed", { message: `${what}, which is not listed here.`, expected, hint }];
  }
  if (line.state === "retired") {
    const hint = "pin another version, or remove the pin";
    return ["pin-retired", { message: `${what}, which is retired.`, expected, hint }];
  }
  if (line.channels.some((use) => use.channel === channel)) return undefined;
  const hint = `add ${channel} to the channels of ${line.version} (line ${line.at.line}), or remove the pin`;
  return [
    "pin-not-in-channel",
    { message: `${what}, which is not in that channel.`, expected, hint },
  ];
}

/** The schema holds the time's form; this holds that there is such a day and hour. */
function checkUntil(
  { tree }: PromotionDocument,
  path: readonly string[],
  { until }: Pin,
): readonly Diagnostic[] {
  if (until === undefined || !/^\d{4}-/.test(until) || !Number.isNaN(Date.parse(until))) return [];
  return [
    errorAt(positionOf(tree, path), "time-form", {
      message: `${shown(until)} is no time.`,
      expected: "a time as RFC 3339 has it, such as 2026-12-01T00:00:00Z",
      hint: "look at month, day and hour",
    }),
  ];
}
