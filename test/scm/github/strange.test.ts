import nock from "nock";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { gitHubPlaceOf, openGitHub, type Forge, type ForgeError } from "#scm";

/** Answers that no fake should have to know: what proxies and outages put in GitHub's place. */
const signal = AbortSignal.timeout(600_000);
const TOKEN = "ghs_0123456789abcdef";
const LIST = "/repos/acme/promotions/issues/1/comments?per_page=100";

let forge: Forge;

beforeEach(async () => {
  nock.disableNetConnect();
  const place = gitHubPlaceOf("git@github.com:acme/promotions.git", {});
  if (place === undefined) throw new Error("no place");
  const credential = { kind: "token", token: TOKEN, from: "GH_TOKEN" } as const;
  forge = await openGitHub({ place, credential, pace: false, retryStepMs: 1, waitAtMostMs: 0 });
});

afterEach(() => {
  nock.cleanAll();
  nock.enableNetConnect();
});

function answer(status: number, body: string, headers: Record<string, string>): void {
  nock("https://api.github.com").get(LIST).times(4).reply(status, body, headers);
}

const HTML = { "content-type": "text/html" };
const JSON_TYPE = { "content-type": "application/json" };

describe("an answer that is none of GitHub's", () => {
  it.for([
    [
      "a page of a proxy in place of an answer",
      200,
      "<html>Sign in</html>",
      HTML,
      "invalid-answer",
    ],
    ["a page of an outage", 503, "<html>Unicorn!</html>", HTML, "unavailable"],
    ["text that is no JSON", 200, "[{", JSON_TYPE, "invalid-answer"],
    ["an object where a list should be", 200, "{}", JSON_TYPE, "invalid-answer"],
    ["a list of nothing", 200, "[null]", JSON_TYPE, "invalid-answer"],
    ["a status that nobody knows", 418, "{}", JSON_TYPE, "invalid-answer"],
    ["one that is blocked by law", 451, '{"message":"DMCA"}', JSON_TYPE, "refused"],
    [
      "an account that is suspended",
      403,
      '{"message":"Sorry. Your account was suspended."}',
      JSON_TYPE,
      "forbidden",
    ],
    [
      "a limit without a header",
      403,
      '{"message":"You have triggered an abuse detection mechanism"}',
      JSON_TYPE,
      "rate-limited",
    ],
    [
      "single sign-on",
      403,
      "{}",
      { ...JSON_TYPE, "x-github-sso": "required; url=https://x" },
      "forbidden",
    ],
  ] as const)("%s", async ([, status, body, headers, code]) => {
    answer(status, body, headers);
    const error: unknown = await forge.comments.list(1, signal).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toMatchObject({ name: "ForgeError", code });
    expect((error as ForgeError).message).toMatch(
      /^Could not list the comments of pull request 1 at api.github.com: /,
    );
  });

  it("a page that links to another host is followed by its place and never by its address", async () => {
    const link = '<https://evil.example/steal?page=2>; rel="next"';
    const comment = {
      id: 1,
      html_url: "",
      user: null,
      body: "x",
      created_at: "",
      updated_at: "",
    };
    nock("https://api.github.com").get(LIST).reply(200, [comment], { link });
    nock("https://api.github.com")
      .get(`${LIST}&page=2`)
      .reply(200, [{ ...comment, id: 2 }]);
    const evil = nock("https://evil.example").get("/steal").query(true).reply(200, []);
    expect((await forge.comments.list(1, signal)).map(({ id }) => id)).toEqual([1, 2]);
    expect(evil.isDone()).toBe(false);
  });

  it("pages without an end are an error, and no list that was cut off", async () => {
    const link = '<https://api.github.com/x?page=2>; rel="next"';
    nock("https://api.github.com").get(/.*/).times(100).reply(200, [], { link });
    await expect(forge.comments.list(1, signal)).rejects.toMatchObject({ code: "too-large" });
  });

  it("GraphQL that failed inside is asked again", async () => {
    const failed = { errors: [{ message: "Something went wrong while executing your query." }] };
    const viewer = { __typename: "User", login: "alice", databaseId: 1 };
    nock("https://api.github.com").post("/graphql").reply(200, failed);
    nock("https://api.github.com").post("/graphql").reply(200, { data: { viewer } });
    expect(await forge.whoAmI(signal)).toEqual({ login: "alice", id: 1, kind: "person" });
  });

  it("sends the version of the API and who we are, and the token in its header alone", async () => {
    const reqheaders = {
      "x-github-api-version": "2022-11-28",
      "user-agent": /^waybill/,
      authorization: `token ${TOKEN}`,
    };
    const asked = nock("https://api.github.com", { reqheaders }).get(LIST).reply(200, []);
    await forge.comments.list(1, signal);
    expect(asked.isDone()).toBe(true);
  });
});
