import { ACTOR_FIELDS } from "./accounts.ts";

/** Every GraphQL document that we send; a test validates each against GitHub's published schema. */
export const DOCUMENTS: Readonly<
  Record<
    "viewer" | "pullRequest" | "commits" | "merged" | "branch" | "updateRefs" | "commit",
    string
  >
> = {
  viewer: `query { viewer { __typename login databaseId } }`,

  pullRequest: `query ($owner: String!, $name: String!, $number: Int!) {
    repository(owner: $owner, name: $name) { pullRequest(number: $number) {
      number url state isDraft title body lastEditedAt createdAt mergedAt
      author { ${ACTOR_FIELDS} } mergedBy { ${ACTOR_FIELDS} } mergeCommit { oid }
      headRefName headRefOid headRepository { nameWithOwner }
      baseRefName baseRefOid baseRepository { nameWithOwner }
    } }
  }`,

  commits: `query ($owner: String!, $name: String!, $number: Int!, $after: String) {
    repository(owner: $owner, name: $name) { pullRequest(number: $number) {
      commits(first: 100, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes { commit { oid
          authors(first: 100) { totalCount nodes { name email user { __typename login databaseId } } }
          committer { name email user { __typename login databaseId } }
        } }
      }
    } }
  }`,

  merged: `query ($ids: [ID!]!) {
    nodes(ids: $ids) { ... on Commit { associatedPullRequests(first: 5) { nodes {
      number title body state mergedAt author { login } labels(first: 100) { nodes { name } }
      baseRepository { nameWithOwner }
    } } } }
  }`,

  branch: `query ($owner: String!, $name: String!, $ref: String!) {
    repository(owner: $owner, name: $name) { id ref(qualifiedName: $ref) { target { oid } } }
  }`,

  updateRefs: `mutation ($repositoryId: ID!, $refUpdates: [RefUpdate!]!) {
    updateRefs(input: { repositoryId: $repositoryId, refUpdates: $refUpdates }) { clientMutationId }
  }`,

  commit: `mutation ($input: CreateCommitOnBranchInput!) {
    createCommitOnBranch(input: $input) { commit { oid } }
  }`,
};
