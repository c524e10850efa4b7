import { parse, parseAllDocuments } from "yaml";
import { describe, expect, it } from "vitest";
import { readPolicies } from "#desired";
import type { EvidenceDemand } from "#model";
import { placesOf, RENDER_TARGETS, renderRule, type RuleQuestion, type RuleSigner } from "#report";
import { yamlText } from "../../src/report/trust-render/yaml-text.ts";
import { matchesGlob } from "#model";
import { imageExpression } from "../../src/report/trust-render/places.ts";
import { CHANNELS, SITES } from "../support/promotions.ts";
import { TRUST } from "../support/trust-files.ts";

const PEM = "-----BEGIN PUBLIC KEY-----\nMFkw\n-----END PUBLIC KEY-----\n";

/** The contract's own rule, as far as it can be without its files. */
function question(over: Partial<RuleQuestion> = {}): RuleQuestion {
  const { policies } = readPolicies([
    { path: "policies/trust.yaml", text: TRUST },
    { path: "policies/channels.yaml", text: CHANNELS },
    { path: "policies/sites.yaml", text: SITES },
  ]);
  const { trust, channels, sites } = policies;
  const rule = trust?.policy.rules[0];
  if (trust === undefined || rule === undefined) throw new Error("no rule");
  const signers = [...trust.policy.authorities.values()].map(
    ({ name, identity, evidence, signatureRepository }): readonly [string, RuleSigner] => {
      if (identity.kind === "harbor") return [name, { kind: "none", name, why: "a host" }];
      if (identity.kind === "keys") {
        const keys = identity.keys.map(({ file }) => ({ pem: PEM, file, hash: "sha256" }) as const);
        return [name, { kind: "keys", name, keys, left: [], evidence, signatureRepository }];
      }
      const { issuer, subject, extensions } = identity.keyless;
      const root = { name: "public-good", text: '{\n  "mediaType": "x"\n}\n' };
      const kind = "keyless";
      return [
        name,
        { kind, name, issuer, subject, extensions, root, evidence, signatureRepository },
      ];
    },
  );
  return {
    rule,
    signers: new Map(signers),
    places: placesOf(rule.match, channels?.channels.values() ?? [], sites?.sites ?? new Map()),
    artifacts: [
      {
        id: "payments/api",
        source: "registry.example.com/payments-staging/api",
        places: ["registry.oslo.example.com/platform/payments/api"],
      },
    ],
    exceptions: trust.policy.exceptions,
    ...over,
  };
}

const ANYTHING: EvidenceDemand = {
  tlog: "none",
  inclusionProof: "none",
  timestamp: "none",
  sct: "none",
};

function keys(name: string, count: number): RuleSigner {
  const of = Array.from({ length: count }, (_, at) => ({
    pem: PEM,
    file: `policies/${name}${at}.pub`,
    hash: "sha256" as const,
  }));
  return {
    kind: "keys",
    name,
    keys: of,
    left: [],
    evidence: ANYTHING,
    signatureRepository: undefined,
  };
}

describe("where a rule's artifacts are placed", () => {
  it("is every repository of its channels and sites in a registry, and no other store", () => {
    expect(question().places).toEqual([
      "registry.bergen.example.com/payments/**",
      "registry.oslo.example.com/platform/payments/**",
      "registry.oslo.example.com/platform/preprod/payments/**",
    ]);
  });

  it.for([
    ["r.io:5000/a/*", "r.io:5000/a/b:v1", true],
    ["r.io/a/*", "r.io/a/b@sha256:00", true],
    ["r.io/a/*", "r.io/a/b/c:v1", false],
    ["r.io/a/**", "r.io/a/b/c:v1@sha256:00", true],
    ["r.io/a", "r.io/ab:v1", false],
    ["r.io/a", "rxio/a:v1", false],
  ] as const)("%s as an expression, on %s", ([glob, image, matched]) => {
    expect(new RegExp(imageExpression(glob), "u").test(image)).toBe(matched);
    const repository = image.replace(/@.*/, "").replace(/:[^/:]*$/, "");
    expect(matchesGlob(glob, repository)).toBe(matched);
  });
});

describe("002-78 a rule in another tool's words", () => {
  it.for(RENDER_TARGETS.map((target) => [target] as const))(
    "%s, as it was read by a person",
    async ([target]) => {
      const { text, cannot } = renderRule(target, question());
      const beside =
        target === "containers-policy"
          ? cannot.map((each) => `not said here: ${each}\n`).join("")
          : "";
      await expect(text + beside).toMatchFileSnapshot(`../golden/trust-render-${target}.txt`);
    },
  );

  it.for(RENDER_TARGETS.map((target) => [target] as const))(
    "%s says in comments what it cannot say, and every looser part by that word",
    ([target]) => {
      const { text, cannot } = renderRule(target, question());
      const words = cannot.join("\n");
      for (const word of ["vulnerabilities", "soak", "CVE-2026-1111", "sources", "maxAge"])
        expect(words).toContain(word);
      expect(words).toMatch(/vulnerabilities: .*LOOSER/);
      if (target === "containers-policy") expect(JSON.parse(text)).toHaveProperty("default");
      else for (const each of cannot) expect(text).toContain(`# - ${each}\n`);
    },
  );

  it("never lets a foreign text out of its comment", () => {
    const evil = { ...question().rule, name: "a\nspec: {}\u2028b" };
    for (const target of ["kyverno", "policy-controller", "talos"] as const) {
      const { text } = renderRule(target, question({ rule: evil }));
      expect(text.split("\n").filter((line) => line.startsWith("spec: {}"))).toEqual([]);
    }
  });

  it.for(RENDER_TARGETS.map((target) => [target] as const))(
    "%s refuses everything where nobody whom the rule names can be said",
    ([target]) => {
      const rule = question().rule;
      const signature = rule.require.filter(({ type }) => type === "signature");
      const none: RuleSigner = { kind: "none", name: "x", why: "it is revoked" };
      const signers = new Map(["payments-ci", "release-key"].map((name) => [name, none] as const));
      const { text } = renderRule(
        target,
        question({ rule: { ...rule, require: signature }, signers }),
      );
      const refusals = {
        kyverno: "verifyImageSignatures(image, []) >= 1",
        "policy-controller": "action: fail",
        "containers-policy": '"type": "reject"',
        talos: "deny: true",
      };
      expect(text).toContain(refusals[target]);
    },
  );

  it("talos: patterns are anchored, and what another entry holds comes first", () => {
    const { text } = renderRule("talos", question({ places: ["r.io/**", "r.io/a/b"] }));
    const { rules } = parse(text);
    expect(rules.map(({ image }: { image: string }) => image)).toEqual(["r.io/a/b", "r.io/*"]);
    expect(rules[0].keyless.subjectRegex).toMatch(/^\^\(\?:.*\)\$$/);
  });

  it("policy-controller: a count of all is a policy for each, a count of some is named", () => {
    const { rule } = question();
    const signature = rule.require.find((each) => each.type === "signature");
    if (signature === undefined) throw new Error("no signature");
    const found = signature;
    const signers = new Map([["release-key", keys("release-key", 3)]]);
    function rendered(count: number): readonly [number, string] {
      const require = [{ ...found, signedBy: ["release-key"], count }];
      const { text, cannot } = renderRule(
        "policy-controller",
        question({ rule: { ...rule, require }, signers }),
      );
      return [parseAllDocuments(text).length, cannot.join("\n")];
    }
    expect(rendered(3)[0]).toBe(3);
    expect(rendered(2)[0]).toBe(1);
    expect(rendered(2)[1]).toContain("count 2: LOOSER");
  });

  it("a rule that only warns is so there too, or is told", () => {
    const rule = { ...question().rule, mode: "warn" as const };
    const said = RENDER_TARGETS.map((target) => renderRule(target, question({ rule })));
    const [kyverno, controller, containers, talos] = said;
    expect(kyverno?.text).toContain("- Warn");
    expect(controller?.text).toContain("mode: warn");
    for (const each of [containers, talos]) expect(each?.cannot.join()).toContain("mode warn");
  });
});

describe("data as YAML", () => {
  it.for([
    [{ a: "b", c: [1, true, null, "yes", "1.10", "a: b", ""], d: {}, e: [] }],
    [{ text: "one\ntwo\n", bare: "one\ntwo", odd: " one\ntwo", blank: "one\n\n", tab: "a\tb" }],
    [[{ a: [[1, 2], [3]] }, { "odd: key": { b: "\u2028 \u0007 #" } }]],
  ] as const)("is read back as it was: %j", ([data]) => {
    expect(parse(yamlText(data as never))).toEqual(data);
  });
});
