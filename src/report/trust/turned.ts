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
  readonly now: TrustDecision;
  readonly then: TrustDecision;
}

/** What differs between two policies' decisions about the same steps. */
export function turnsOf(
  now: ReadonlyMap<string, TrustDecision>,
  then: ReadonlyMap<string, TrustDecision>,
): readonly Turn[] {
  return [...then].flatMap(([key, decision]) => {
    const before = now.get(key);
    if (before === undefined) return [];
    const isSame =
      before.result.decision === decision.result.decision &&
      before.result.trust === decision.result.trust;
    return isSame ? [] : [{ now: before, then: decision }];
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
    ...turns.flatMap(({ now, then }) => [
      `  ${style.bold(plain(`${then.result.artifact}@${then.result.version} for ${whereOf(then.result)}`))}: ${stateOf(now)} → ${stateOf(then)}`,
      `      ${plain(then.explanation)}`,
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
    turned: turns.map(({ now, then }) => ({
      artifact: then.result.artifact,
      version: then.result.version,
      channel: then.result.channel,
      ...(then.result.environment === undefined ? {} : { environment: then.result.environment }),
      from: { trust: now.result.trust, decision: now.result.decision },
      to: { trust: then.result.trust, decision: then.result.decision },
      why: then.explanation,
    })),
  };
}
