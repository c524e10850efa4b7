import { describe, expect, it } from "vitest";
import { canonicalJson } from "#model";
import {
  actionId,
  canonicalKey,
  keyOf,
  planDigest,
  sortByBytes,
} from "../../src/plan/action-key.ts";
import { action, tagAction } from "../support/actions.ts";
import { digestOf, repo } from "../support/state.ts";

const COPY = action();

describe("an action's key", () => {
  it("is the nine members and no others, null where one does not apply", () => {
    expect(Object.keys(keyOf(COPY)).toSorted()).toEqual([
      "artifact",
      "channel",
      "digest",
      "expect",
      "op",
      "site",
      "tag",
      "to",
      "version",
    ]);
  });

  it("is written as canonical JSON", () => {
    expect(canonicalKey(COPY)).toBe(
      `{"artifact":"payments/api","channel":"prod","digest":"${COPY.digest}","expect":null,"op":"copy",` +
        `"site":"oslo","tag":null,"to":"registry.oslo.example.com/prod/payments/api","version":"v1.0.0"}`,
    );
  });

  it("has an id and a plan's digest that any machine computes alike", () => {
    const fixed = { ...COPY, digest: digestOf("a"), version: "v1" };
    expect(actionId(fixed)).toBe("94854bd8c96e268b");
    expect(planDigest([fixed])).toBe(
      "sha256:135838c603eafea1c98b44bace495922e340faa7906ec4820038d50f11739d93",
    );
    expect(planDigest([])).toBe(
      "sha256:4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945",
    );
  });

  it.for([
    ["another reason", { reason: "re-worded" }],
    ["another source", { from: repo("b.example.com/x") }],
    ["another size", { bytes: 7 }],
    [
      "evidence, gates and times",
      { repair: true, notBefore: "2027-01-01T00:00:00Z", gate: undefined },
    ],
  ] as const)("does not change with %s", ([, over]) => {
    expect(actionId(action(over))).toBe(COPY.id);
    expect(planDigest([action(over)])).toBe(planDigest([COPY]));
  });

  it.for([
    ["op", { op: "delete" }],
    ["artifact", { artifact: "payments/web" }],
    ["version", { version: "v1.0.1" }],
    ["digest", { digest: digestOf("other") }],
    ["channel", { channel: "test" }],
    ["site", { site: "bergen" }],
    ["to", { to: repo("registry.oslo.example.com/x") }],
    ["tag", { tag: "v1.0.0" }],
    ["expect", { expect: digestOf("old") }],
  ] as const)("changes with its %s", ([, over]) => {
    expect(actionId(action(over))).not.toBe(COPY.id);
    expect(planDigest([action(over)])).not.toBe(planDigest([COPY]));
  });
});

describe("a plan's digest", () => {
  const actions = [COPY, tagAction("v1.0.0"), tagAction("stable", { expect: digestOf("old") })];

  it("does not depend on the order of actions, and leaves attest out", () => {
    expect(planDigest(actions.toReversed())).toBe(planDigest(actions));
    expect(planDigest([...actions, action({ op: "attest" })])).toBe(planDigest(actions));
  });

  it("is the hash of the sorted keys as one canonical JSON array", () => {
    const keys = actions.map((item) => keyOf(item)).map((key) => ({ ...key }));
    const sorted = keys.toSorted((a, b) => (canonicalJson(a) < canonicalJson(b) ? -1 : 1));
    expect(planDigest(actions)).toBe(digestOf(canonicalJson(sorted)));
  });

  it("sorts by bytes, also where UTF-16 orders otherwise", () => {
    const texts = ["\u{1f600}", "\ufb00", "a", "\ue000b", "\ue000"];
    const byBytes = texts.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(sortByBytes(texts)).toEqual(byBytes);
    expect(sortByBytes(texts)).not.toEqual(texts.toSorted());
    expect(sortByBytes(["b", "", "ab", "a"])).toEqual(["", "a", "ab", "b"]);
  });
});
