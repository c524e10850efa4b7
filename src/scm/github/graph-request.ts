import type { PullRequest } from "#model";
import { graphAccount, type GraphAccount } from "./accounts.ts";

/** A pull request as GraphQL tells it. */
export interface GraphPullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: "OPEN" | "CLOSED" | "MERGED";
  readonly isDraft: boolean;
  readonly title: string;
  readonly body: string;
  readonly lastEditedAt: string | null;
  readonly createdAt: string;
  readonly mergedAt: string | null;
  readonly author: GraphAccount | null;
  readonly mergedBy: GraphAccount | null;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly headRefName: string;
  readonly headRefOid: string;
  readonly headRepository: { readonly nameWithOwner: string } | null;
  readonly baseRefName: string;
  readonly baseRefOid: string;
  readonly baseRepository: { readonly nameWithOwner: string } | null;
}

const STATES = { OPEN: "open", CLOSED: "closed", MERGED: "merged" } as const;

/** Reads a pull request of GraphQL. */
export function graphRequest(found: GraphPullRequest): PullRequest {
  return {
    number: found.number,
    url: found.url,
    state: STATES[found.state],
    draft: found.isDraft,
    title: found.title,
    body: found.body,
    bodyEditedAt: found.lastEditedAt ?? undefined,
    author: graphAccount(found.author),
    head: {
      branch: found.headRefName,
      commit: found.headRefOid,
      repository: found.headRepository?.nameWithOwner,
    },
    base: {
      branch: found.baseRefName,
      commit: found.baseRefOid,
      repository: found.baseRepository?.nameWithOwner,
    },
    createdAt: found.createdAt,
    mergedAt: found.mergedAt ?? undefined,
    mergedBy: graphAccount(found.mergedBy),
    mergeCommit: found.mergeCommit?.oid,
  };
}
