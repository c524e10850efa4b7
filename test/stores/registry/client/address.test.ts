import { describe, expect, it } from "vitest";
import type { RegistryAnswer } from "../../../../src/stores/registry/call.ts";
import {
  givenAddress,
  nextPage,
  withQuery,
} from "../../../../src/stores/registry/client/address.ts";
import { pathOn } from "../../../../src/stores/registry/client/client.ts";

function answer(url: string, link?: string): RegistryAnswer {
  return {
    status: 200,
    url: new URL(url),
    header: (name) => (name === "link" ? link : undefined),
    bytes: async () => new Uint8Array(0),
    async *stream() {},
    discard: async () => undefined,
  };
}

const HTTPS = "https://r.example.com/v2/team/app/blobs/uploads/";
const PORT = "http://127.0.0.1:5000/v2/team/app/blobs/uploads/";

describe("an address that a registry gives", () => {
  it.for([
    [
      "relative",
      HTTPS,
      "/v2/team/app/blobs/uploads/1",
      "https://r.example.com/v2/team/app/blobs/uploads/1",
    ],
    [
      "relative to the path",
      HTTPS,
      "1?x=y",
      "https://r.example.com/v2/team/app/blobs/uploads/1?x=y",
    ],
    ["absolute", HTTPS, "https://r.example.com/v2/u", "https://r.example.com/v2/u"],
    ["with the usual port", HTTPS, "https://r.example.com:443/v2/u", "https://r.example.com/v2/u"],
    ["on another host", HTTPS, "https://up.example.com/v2/u", "https://up.example.com/v2/u"],
    [
      "that forgot https behind a proxy",
      HTTPS,
      "http://r.example.com/v2/u",
      "https://r.example.com/v2/u",
    ],
    ["that forgot its port", PORT, "http://127.0.0.1/v2/u", "http://127.0.0.1:5000/v2/u"],
    ["from http to https", PORT, "https://127.0.0.1/v2/u", "https://127.0.0.1/v2/u"],
    [
      "on another port of the host",
      PORT,
      "http://127.0.0.1:6000/v2/u",
      "http://127.0.0.1:6000/v2/u",
    ],
  ] as const)("is read: %s", ([, asked, given, expected]) => {
    expect(givenAddress(answer(asked), given)?.href).toBe(expected);
  });

  it.for([undefined, "http://", "file:///etc/passwd", "javascript:alert(1)"])(
    "is none: %s",
    (given) => {
      expect(givenAddress(answer(HTTPS), given)).toBeUndefined();
    },
  );

  it("keeps a signed query as it is when it grows", () => {
    const url = new URL("https://r.example.com/v2/u?sig=a%2Fb%3D&t=1+2~%20");
    expect(withQuery(url, "digest=sha256%3Aff").href).toBe(`${url.href}&digest=sha256%3Aff`);
    expect(withQuery(new URL("https://r.example.com/v2/u"), "digest=x").search).toBe("?digest=x");
  });
});

describe("a path on a host", () => {
  it.for([
    ["docker.io", "alpine", "", "library/alpine"],
    ["docker.io", "team/app", "", "team/app"],
    ["quay.io", "alpine", "", "alpine"],
    ["quay.io", "team/app", "cache", "cache/team/app"],
    ["docker.io", "alpine", "hub/proxy", "hub/proxy/library/alpine"],
  ] as const)("%s/%s in the folder %o is asked as %s", ([host, path, folder, expected]) => {
    expect(pathOn(host, path, folder)).toBe(expected);
  });
});

describe("the next page", () => {
  const TAGS = "https://r.example.com/v2/team/app/tags/list?n=2";
  it.for([
    ['</v2/team/app/tags/list?n=2&last=b>; rel="next"', "/v2/team/app/tags/list?n=2&last=b"],
    ["</v2/x?last=b>; rel=next", "/v2/x?last=b"],
    ['</v2/x>; title="a"; rel="prev next"', "/v2/x"],
    ['</v2/first>; rel="first", </v2/x?a=1,2>; rel="next"', "/v2/x?a=1,2"],
    ['<https://r.example.com/v2/x>; REL="NEXT"', "/v2/x"],
  ])("is found in %s", ([link, expected]) => {
    const page = nextPage(answer(TAGS, link));
    expect(page instanceof URL ? page.pathname + page.search : page).toBe(expected);
  });

  it.for([
    [undefined, undefined],
    ['</v2/x>; rel="prev"', undefined],
    ["</v2/x>", undefined],
    ['</v2/x>; rel="nextish"', undefined],
    ['<https://evil.example.com/v2/x>; rel="next"', "foreign"],
    ['<https://r.example.com:8443/v2/x>; rel="next"', "foreign"],
    ['<ftp://r.example.com/v2/x>; rel="next"', "foreign"],
  ] as const)("is not in %s", ([link, expected]) => {
    expect(nextPage(answer(TAGS, link))).toBe(expected);
  });
});
