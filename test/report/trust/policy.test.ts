import { describe, expect, it } from "vitest";
import { readPolicies, type Policies } from "#desired";
import { parseDigest, type TrustPolicy, type TrustRule } from "#model";
import {
  makeStyle,
  requiresWords,
  ruleDocument,
  ruleText,
  trustDocument,
  trustText,
  type TrustOverview,
} from "#report";
import { CHANNELS, digest } from "../../support/promotions.ts";
import { CHANNELS_TRUST, REVOCATIONS, TRUST } from "../../support/trust-files.ts";

const NONE = makeStyle(false);
const NOW = new Date("2027-06-01T00:00:00Z");

function policies(trust: string = TRUST): Policies {
  return readPolicies([
    { path: "policies/trust.yaml", text: trust },
    { path: "policies/revocations.yaml", text: REVOCATIONS },
    { path: "policies/channels.yaml", text: CHANNELS + CHANNELS_TRUST },
  ]).policies;
}

function overview(trust?: string, over: Partial<TrustOverview> = {}): TrustOverview {
  const read = policies(trust);
  const spki = parseDigest(digest(0x51));
  if (spki === undefined) throw new Error("no digest");
  return {
    revision: "0123456789abcdef0123456789abcdef01234567",
    policyDigest: spki,
    policy: read.trust?.policy,
    revocations: read.revocations?.revocations ?? [],
    channels: [...(read.channels?.channels.values() ?? [])].map(({ name, requires }) => ({
      name,
      asks: requires === undefined ? [] : requiresWords(requires),
    })),
    keys: new Map([
      ["policies/trust/release.pub", { kind: "key", algorithm: "P-256", spki }],
      ["policies/trust/scanner.pub", { kind: "unusable", why: "it is a private key" }],
    ]),
    now: NOW,
    ...over,
  };
}

function ruleOf(policy: TrustPolicy | undefined): { policy: TrustPolicy; rule: TrustRule } {
  const rule = policy?.rules[0];
  if (policy === undefined || rule === undefined) throw new Error("no rule");
  return { policy, rule };
}

describe("waybill trust show", () => {
  it("says whom the policy believes, how old its roots are, and its rules at a glance", async () => {
    await expect(trustText(overview(), NONE)).toMatchFileSnapshot("../../golden/trust-show.txt");
  });

  it.for<readonly [string, string, string]>([
    ["fresh", "2026-12-01T00:00:00Z", "30d old (at most 180d)  fresh"],
    ["stale", "2027-06-01T00:00:00Z", "212d old (at most 180d)  STALE: a warning"],
  ])("tells the age of a root: %s", ([, now, words]) => {
    expect(trustText(overview(TRUST, { now: new Date(now) }), NONE)).toContain(words);
  });

  it("says of a key that it has ended, is revoked, or cannot be used", () => {
    const text = trustText(overview(), NONE);
    expect(text).toMatch(/release\.pub .*, EXPIRED, REVOKED$/m);
    expect(text).toContain("scanner.pub: CANNOT BE USED: it is a private key");
  });

  it("says where there is no policy what that means", () => {
    const none = overview(undefined, {
      policy: undefined,
      policyDigest: undefined,
      revision: undefined,
      channels: [],
      revocations: [],
    });
    expect(trustText(none, NONE)).toBe(
      "There is no trust policy at the work tree: everything is unverified, and only a channel's own demands refuse it.\n",
    );
  });

  it("is a document too", () => {
    expect(trustDocument(overview())).toMatchObject({
      schema: "waybill.dev/trust/v1",
      roots: [
        expect.objectContaining({ name: "public-good", ageSeconds: 18_316_800, stale: true }),
      ],
      rules: [expect.objectContaining({ name: "payments-images", mode: "enforce" })],
      noMatch: "deny",
      signing: "waybill-prod",
      revocations: 6,
    });
  });
});

describe("waybill trust explain", () => {
  it("says what a rule asks, of whom, and what happens where it is not met", async () => {
    const { rule, policy } = ruleOf(overview().policy);
    const text = ruleText(rule, policy, NONE);
    await expect(text).toMatchFileSnapshot("../../golden/trust-explain.txt");
  });

  it.for<readonly [string, string, string, string]>([
    ["a rule that warns", "mode: enforce", "mode: warn", "It only warns"],
    ["platforms", "coverage: index", "coverage: platforms", "the image of each platform, not"],
    ["all", "coverage: index", "coverage: all", "and at the image of each platform"],
    ["two signers", "count: 1, formats", "count: 2, formats", "(2 different ones)"],
    ["a rebuild", "reproducibility: none", "reproducibility: rebuilt", "of a second builder"],
    ["in", "op: eq, value: passed", "op: in, value: [a, b]", '/result is "a" or "b"'],
    ["matches", "op: eq, value: passed", 'op: matches, value: "a+"', "/result matches a+"],
    ["lte", "op: eq, value: passed", "op: lte, value: 3", "/result is at most 3"],
    ["gte", "op: eq, value: passed", "op: gte, value: 3", "/result is at least 3"],
    ["exists", "op: eq, value: passed", "op: exists", "/result is there"],
    ["olderThan", "op: eq, value: passed", "op: olderThan, value: 7d", "lies more than 7d back"],
  ])("tells of %s", ([, from, to, words]) => {
    const { rule, policy } = ruleOf(overview(TRUST.replace(from, to)).policy);
    expect(ruleText(rule, policy, NONE)).toContain(words);
  });

  it("is a document too", () => {
    const { rule, policy } = ruleOf(overview().policy);
    expect(ruleDocument(rule, policy)).toMatchObject({
      schema: "waybill.dev/trust-rule/v1",
      rule: "payments-images",
      at: { file: "policies/trust.yaml", line: expect.any(Number) },
      asks: expect.arrayContaining([expect.stringContaining("a bill of materials in SPDX")]),
      exceptions: [expect.objectContaining({ vulnerability: "CVE-2026-1111" })],
    });
  });
});
