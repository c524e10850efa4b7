import { parseAddress, repositoryAt, type Repository } from "#model";
import type { TrustSurvey } from "#inventory";
import type { ReadStores } from "#stores";
import type { TrustContext } from "./context.ts";

/** The surveys of one run, one for each time as of which keys are judged. */
export interface Surveys {
  at(time: Date): TrustSurvey;
}

/** Opens the surveys; nothing is asked yet. */
export async function openSurveys(
  { authorities, policy }: TrustContext,
  { stores }: { readonly stores: ReadStores },
): Promise<Surveys> {
  const [{ TrustSurvey: Survey }, examiner] = await Promise.all([
    import("#inventory"),
    import("#trust"),
  ]);
  const signatureRepositories = [...(policy?.authorities.values() ?? [])].flatMap(
    ({ signatureRepository }) => repositoryIn(signatureRepository),
  );
  const known = new Map<number, TrustSurvey>();
  return {
    at(now) {
      const survey =
        known.get(now.getTime()) ??
        new Survey(stores, { examiner, authorities, signatureRepositories, others: [], now });
      known.set(now.getTime(), survey);
      return survey;
    },
  };
}

function repositoryIn(text: string | undefined): readonly Repository[] {
  const address = text === undefined ? "none" : parseAddress(text);
  return typeof address === "string" ? [] : [repositoryAt(address)];
}
