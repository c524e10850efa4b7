import { describe, expect, it } from "vitest";
import { gitHubPlaceFromName, gitHubPlaceOf, tokenFrom } from "#scm";

describe("gitHubPlaceOf", () => {
  it.for([
    [
      "https://github.com/acme/promotions.git",
      "https://api.github.com",
      "https://api.github.com/graphql",
    ],
    [
      "https://github.com/acme/promotions",
      "https://api.github.com",
      "https://api.github.com/graphql",
    ],
    [
      "git@github.com:acme/promotions.git",
      "https://api.github.com",
      "https://api.github.com/graphql",
    ],
    [
      "ssh://git@github.com:22/acme/promotions.git",
      "https://api.github.com",
      "https://api.github.com/graphql",
    ],
    [
      "https://corp.ghe.com/acme/promotions.git",
      "https://api.corp.ghe.com",
      "https://api.corp.ghe.com/graphql",
    ],
  ] as const)("004-02 knows %s", ([remote, api, graphql]) => {
    expect(gitHubPlaceOf(remote, {})).toMatchObject({
      api,
      graphql,
      owner: "acme",
      name: "promotions",
    });
  });

  it("knows the server of one's own by GITHUB_SERVER_URL, and only by it", () => {
    const env = { GITHUB_SERVER_URL: "https://git.corp.example" };
    expect(gitHubPlaceOf("https://git.corp.example/acme/promotions.git", env)).toEqual({
      server: "https://git.corp.example",
      api: "https://git.corp.example/api/v3",
      graphql: "https://git.corp.example/api/graphql",
      owner: "acme",
      name: "promotions",
    });
    expect(gitHubPlaceOf("https://git.corp.example/acme/promotions.git", {})).toBeUndefined();
  });

  it("uses GITHUB_API_URL for GITHUB_SERVER_URL's host alone, so that no token goes to another", () => {
    const env = {
      GITHUB_SERVER_URL: "https://git.corp.example",
      GITHUB_API_URL: "https://api.corp.example",
      GITHUB_GRAPHQL_URL: "https://api.corp.example/gql",
    };
    expect(gitHubPlaceOf("git@git.corp.example:a/b.git", env)).toMatchObject({
      api: "https://api.corp.example",
      graphql: "https://api.corp.example/gql",
    });
    expect(gitHubPlaceOf("git@github.com:a/b.git", env)).toMatchObject({
      api: "https://api.github.com",
      graphql: "https://api.github.com/graphql",
    });
  });

  it.for([
    "https://gitlab.com/acme/promotions.git",
    "https://github.com.evil.example/acme/promotions.git",
    "https://evilghe.com/acme/promotions.git",
    "https://a.b.ghe.com.evil.example/a/b",
    "https://github.com/acme",
    "https://github.com/acme/promotions/tree/main",
    "https://github.com/acme/..",
    "/srv/git/promotions.git",
    "../promotions",
    "file:///srv/git/promotions.git",
    "git@gitea.example:acme/promotions.git",
    "",
  ])("takes %s for no GitHub", (remote) => {
    expect(gitHubPlaceOf(remote, {})).toBeUndefined();
  });

  it("002-71 refuses to send a token over anything but TLS, save to this machine", () => {
    const env = { GITHUB_SERVER_URL: "http://git.corp.example" };
    expect(() => gitHubPlaceOf("http://git.corp.example/a/b.git", env)).toThrow(/https/);
    const local = { GITHUB_SERVER_URL: "http://127.0.0.1:8080" };
    expect(gitHubPlaceOf("http://127.0.0.1:8080/a/b.git", local)?.api).toBe(
      "http://127.0.0.1:8080/api/v3",
    );
  });

  it("reads OWNER/NAME as Actions gives it", () => {
    expect(gitHubPlaceFromName("acme/promotions", {})?.api).toBe("https://api.github.com");
    expect(gitHubPlaceFromName("acme", {})).toBeUndefined();
  });
});

describe("tokenFrom", () => {
  const tokens = { WAYBILL_GITHUB_TOKEN: "w", GITHUB_TOKEN: "g", GH_TOKEN: "h" };
  const place = { server: "https://github.com", api: "", graphql: "", owner: "a", name: "b" };

  it.for([
    [tokens, "WAYBILL_GITHUB_TOKEN"],
    [{ ...tokens, WAYBILL_GITHUB_TOKEN: "" }, "GITHUB_TOKEN"],
    [{ GH_TOKEN: "h" }, "GH_TOKEN"],
  ] as const)("takes the first that is there", ([env, from]) => {
    expect(tokenFrom(env, place)).toMatchObject({ kind: "token", from });
  });

  it("gives Actions' own token to the server of the job alone", () => {
    const env = { GITHUB_TOKEN: "g", GH_TOKEN: "h", GITHUB_SERVER_URL: "https://git.corp.example" };
    expect(tokenFrom(env, place)).toMatchObject({ from: "GH_TOKEN" });
    expect(tokenFrom(env, { ...place, server: "https://git.corp.example" })).toMatchObject({
      from: "GITHUB_TOKEN",
    });
  });

  it("says how to give one where there is none", () => {
    expect(() => tokenFrom({}, place)).toThrow(
      expect.objectContaining({ code: "no-token", hint: expect.stringContaining("GITHUB_TOKEN") }),
    );
  });
});
