import { parseAddress, repositoryAt, type Repository } from "#model";
import type { TrustSurvey } from "#inventory";
import type { ReadStores } from "#stores";
import type { KeptProofs } from "#trust";
import type { TrustContext } from "./context.ts";

/** The surveys of one run, one for each time as of which keys are judged; they end the threads that they started. */
export interface Surveys extends Disposable {
  at(time: Date): TrustSurvey;
}

/** What surveys are opened with. */
interface SurveysOptions {
  readonly stores: ReadStores;
  readonly kept?: KeptProofs | undefined;
  /** How many digests are looked at. */
  readonly expected: number;
}

/** Opens the surveys; nothing is asked yet. */
export async function openSurveys(
  { authorities, policy }: TrustContext,
  { stores, kept, expected }: SurveysOptions,
): Promise<Surveys> {
  const [{ TrustSurvey: Survey }, trust] = await Promise.all([
    import("#inventory"),
    import("#trust"),
  ]);
  const signatureRepositories = [...(policy?.authorities.values() ?? [])].flatMap(
    ({ signatureRepository }) => repositoryIn(signatureRepository),
  );
  const opened = trust.openExaminer({ expected, kept });
  const examiner = { ...trust, examine: opened.examine };
  const scanners = new Map(
    [...(policy?.authorities.values() ?? [])].flatMap(({ name, identity }) =>
      identity.kind === "harbor" ? [[name, identity.host] as const] : [],
    ),
  );
  const known = new Map<number, TrustSurvey>();
  return {
    at(now) {
      const survey =
        known.get(now.getTime()) ??
        new Survey(stores, {
          examiner,
          authorities,
          signatureRepositories,
          others: [],
          scanners,
          now,
        });
      known.set(now.getTime(), survey);
      return survey;
    },
    [Symbol.dispose]: () => opened[Symbol.dispose](),
  };
}

function repositoryIn(text: string | undefined): readonly Repository[] {
  const address = text === undefined ? "none" : parseAddress(text);
  return typeof address === "string" ? [] : [repositoryAt(address)];
}
