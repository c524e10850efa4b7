import { validate } from "@octokit/graphql-schema";
import { describe, expect, it } from "vitest";
import { batchDocument, pageDocument, type Batch } from "../../../src/scm/github/batches.ts";
import { DOCUMENTS } from "../../../src/scm/github/documents.ts";

describe("the GraphQL documents", () => {
  it.for(Object.entries(DOCUMENTS))("%s is valid by GitHub's published schema", ([, document]) => {
    expect(validate(document)).toEqual([]);
  });

  it.for<readonly [Batch, number]>([
    ["requests", 1],
    ["requests", 10],
    ["origins", 1],
    ["origins", 50],
  ])("that ask for %s, %i at once, are valid", ([batch, count]) => {
    expect(validate(batchDocument(batch, count))).toEqual([]);
  });

  it.for(["reviews", "commits", "comments"] as const)("for a page of %s are valid", (list) => {
    expect(validate(pageDocument(list))).toEqual([]);
  });

  it("would not be, were a field misspelt", () => {
    expect(validate(DOCUMENTS.viewer.replace("login", "logins"))).toHaveLength(1);
  });
});
