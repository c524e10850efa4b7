import { describe, expect, it } from "vitest";
import type { Digest } from "#model";
import { revokedDigests, type DigestName } from "#policy";
import { d, NOW, revocations } from "../../support/trust-questions.ts";

const AT = "at: 2026-11-20T10:00:00Z";

function named(
  ...versions: readonly (readonly [Digest, string])[]
): ReadonlyMap<Digest, readonly DigestName[]> {
  return new Map(
    versions.map(([digest, version]) => [digest, [{ project: "payments", name: "api", version }]]),
  );
}

const NAMES = named([d(1), "v1.4.0"], [d(2), "v1.4.1"], [d(3), "v1.4.2"]);

describe("003-13 what is revoked by itself or by a name", () => {
  it.for<readonly [string, string, readonly Digest[]]>([
    ["a digest", `digest: "${d(7)}", reason: bad, ${AT}`, [d(7)]],
    [
      "a range of versions, every digest that held one",
      `project: payments, name: api, versions: ">=1.4.0 <1.4.2", reason: bad`,
      [d(1), d(2)],
    ],
    [
      "a range, and the digests that were written into the entry",
      `project: payments, name: api, versions: "=1.4.2", digests: ["${d(9)}"], reason: bad`,
      [d(9), d(3)],
    ],
    ["of another artifact", `project: payments, name: web, versions: ">=0.0.1", reason: bad`, []],
    ["a key revokes no digest", `key: "${d(5)}", ${AT}, reason: lost`, []],
    [
      "what is lifted is not",
      `digest: "${d(7)}", reason: bad, ${AT}, rescinded: { at: 2026-11-21T00:00:00Z, reason: wrong }`,
      [],
    ],
    [
      "what will be lifted still is",
      `digest: "${d(7)}", reason: bad, ${AT}, rescinded: { at: 2026-11-22T00:00:00Z, reason: wrong }`,
      [d(7)],
    ],
  ])("%s", ([, entry, digests]) => {
    const found = revokedDigests({ revocations: revocations(entry), names: NAMES, now: NOW });
    expect([...found.keys()]).toEqual(digests);
    expect([...found.values()].every((why) => why === "bad")).toBe(true);
  });
});
