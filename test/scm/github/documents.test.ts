import { validate } from "@octokit/graphql-schema";
import { describe, expect, it } from "vitest";
import { DOCUMENTS } from "../../../src/scm/github/documents.ts";

describe("the GraphQL documents", () => {
  it.for(Object.entries(DOCUMENTS))("%s is valid by GitHub's published schema", ([, document]) => {
    expect(validate(document)).toEqual([]);
  });

  it("would not be, were a field misspelt", () => {
    expect(validate(DOCUMENTS.viewer.replace("login", "logins"))).toHaveLength(1);
  });
});
