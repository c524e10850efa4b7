import type { Review } from "#model";
import { restAccount } from "./accounts.ts";
import type { GitHubClient } from "./client.ts";
import { allPages } from "./pages.ts";

const REVIEW_STATES: ReadonlyMap<string, Review["state"]> = new Map([
  ["APPROVED", "approved"],
  ["CHANGES_REQUESTED", "changes-requested"],
  ["COMMENTED", "commented"],
  ["DISMISSED", "dismissed"],
  ["PENDING", "pending"],
]);

/** A state that we do not know is no opinion. */
export function reviewState(state: string): Review["state"] {
  return REVIEW_STATES.get(state.toUpperCase()) ?? "commented";
}

/** Every review of a pull request, over every page. */
export function listReviews(
  client: GitHubClient,
  number: number,
  signal: AbortSignal,
): Promise<readonly Review[]> {
  const ask = { to: `list the reviews of pull request ${number}`, right: "pull-requests: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const fields = { ...repository, pull_number: number, request };
      const listed = await allPages({ what: "reviews", atMost: 20 }, (at) =>
        octokit.rest.pulls.listReviews({ ...fields, ...at }),
      );
      return listed.map((review) => ({
        id: review.id,
        author: restAccount(review.user),
        state: reviewState(review.state),
        commit: review.commit_id ?? undefined,
        submittedAt: review.submitted_at,
      }));
    },
    signal,
  );
}
