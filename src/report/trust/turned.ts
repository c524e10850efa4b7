import type { Digest, Json, TrustDecision } from "#model";
import { plain } from "../plain-text.ts";
import { count } from "../quantities.ts";
import type { Style } from "../style.ts";
import { TRUST_WORDS, VERDICT_WORDS, whereOf } from "./words.ts";

/** What would turn if another revision's policy held (`verify --policy-from`). */
export interface Turned {
  /** As the person named it. */
  readonly revision: string;
  /** Of the policy that holds now; undefined: there is none. */
  readonly policyDigest: Digest | undefined;
  /** How many were compared. */
  readonly compared: number;
  readonly turns: readonly Turn[];
}

/** One step whose trust or verdict differs. */
export interface Turn {
  readonly before: TrustDecision;
  readonly after: TrustDecision;
}

/** What differs between two policies' decisions about the same steps. */
export function turnsOf(
  now: ReadonlyMap<string, TrustDecision>,
  under: ReadonlyMap<string, TrustDecision>,
): readonly Turn[] {
  return [...under].flatMap(([key, after]) => {
    const before = now.get(key);
    if (before === undefined) return [];
    const isSame =
      before.result.decision === after.result.decision &&
      before.result.trust === after.result.trust;
    return isSame ? [] : [{ before, after }];
  });
}

/** Which results would turn, from what to what, and why. */
export function turnedLines(turned: Turned, style: Style): readonly string[] {
  const { revision, turns, compared } = turned;
  const whose = `the policy of ${plain(revision, 200)}`;
  if (turns.length === 0)
    return [
      style.bold(`Under ${whose} nothing would turn (${count(compared, "result")} compared).`),
    ];
  return [
    style.bold(`Under ${whose} ${turns.length} of ${count(compared, "result")} would turn:`),
    ...turns.flatMap(({ before, after }) => [
      `  ${style.bold(plain(`${after.result.artifact}@${after.result.version} for ${whereOf(after.result)}`))}: ${stateOf(before)} → ${stateOf(after)}`,
      `      ${plain(after.explanation)}`,
    ]),
  ];
}

function stateOf({ result }: TrustDecision): string {
  return `${VERDICT_WORDS[result.decision]} (${TRUST_WORDS[result.trust]})`;
}

/** The same as JSON, added to `waybill.dev/verify/v1` as `policyFrom`. */
export function turnedDocument({ revision, policyDigest, turns }: Turned): Json {
  return {
    revision,
    current: policyDigest ?? null,
    turned: turns.map(({ before, after }) => ({
      artifact: after.result.artifact,
      version: after.result.version,
      channel: after.result.channel,
      ...(after.result.environment === undefined ? {} : { environment: after.result.environment }),
      from: { trust: before.result.trust, decision: before.result.decision },
      to: { trust: after.result.trust, decision: after.result.decision },
      why: after.explanation,
    })),
  };
}
