import { describe, expect, it } from "vitest";
import {
  OWN_ANNOTATIONS,
  parseAddress,
  repositoryAt,
  type Descriptor,
  type Evidence,
  type Repository,
} from "#model";
import {
  chooseHome,
  evidenceRepository,
  type AttachQuestion,
} from "../../../src/app/trust/attach-rule.ts";
import { digestOf } from "../../support/promotion-facts.ts";
import { V03 } from "../../support/signing.ts";

function repository(text: string): Repository {
  const address = parseAddress(text);
  if (typeof address === "string") throw new TypeError(address);
  return repositoryAt(address);
}

const PLACED = repository("registry.example.com/prod/api");
const BESIDE = repository("registry.example.com/prod/api-evidence");

function question(more: Partial<AttachQuestion> = {}): AttachQuestion {
  return {
    placement: { attach: "auto", repository: "{repository}-evidence", coverage: "index" },
    placed: PLACED,
    isHarbor: false,
    referrers: [],
    carried: [],
    hasLegacyTag: false,
    ...more,
  };
}

function bundle(nth: number, annotations: Readonly<Record<string, string>> = {}): Descriptor {
  const hex = nth.toString(16).padStart(2, "0");
  const digest = digestOf("a").slice(0, -2) + hex;
  return {
    mediaType: "m",
    digest: digest as Descriptor["digest"],
    size: 1,
    artifactType: V03,
    annotations,
  };
}

const LEGACY: Evidence = {
  form: "tag",
  subject: digestOf("a"),
  tag: `sha256-${"a".repeat(64)}.sig`,
  descriptor: { mediaType: "m", digest: digestOf("b"), size: 1 },
};
const LEGACY_REFERRER: Descriptor = {
  mediaType: "m",
  digest: digestOf("c"),
  size: 1,
  artifactType: "application/vnd.dev.cosign.artifact.sig.v1+json",
};
const OURS = { [OWN_ANNOTATIONS.channel]: "prod" };
const MANY = Array.from({ length: 49 }, (_, nth) => bundle(nth));

describe("002-44 where our statements go", () => {
  it.for<{ name: string; given: Partial<AttachQuestion>; at: Repository; says?: string }>([
    { name: "nothing is signed", given: {}, at: PLACED },
    { name: "a bundle is there", given: { referrers: [bundle(1)] }, at: PLACED },
    {
      name: "only cosign's older tag travels",
      given: { carried: [LEGACY] },
      at: BESIDE,
      says: "cosign 3",
    },
    {
      name: "only cosign's older tag is there",
      given: { hasLegacyTag: true },
      at: BESIDE,
      says: "cosign 3",
    },
    {
      name: "only an older referrer",
      given: { referrers: [LEGACY_REFERRER] },
      at: BESIDE,
      says: "cosign 3",
    },
    {
      name: "older, and a bundle of ours",
      given: { hasLegacyTag: true, referrers: [bundle(1, OURS)] },
      at: BESIDE,
    },
    {
      name: "older, and a bundle",
      given: { hasLegacyTag: true, referrers: [bundle(1)] },
      at: PLACED,
    },
    { name: "Harbor", given: { isHarbor: true }, at: BESIDE, says: "Harbor" },
    { name: "48 referrers", given: { referrers: MANY.slice(1) }, at: PLACED },
    { name: "49 referrers", given: { referrers: MANY }, at: BESIDE, says: "51 referrers" },
  ])("auto: $name", ({ given, at, says = "" }) => {
    const home = chooseHome(question(given));
    expect(home).toMatchObject({ kind: "home", repository: at });
    expect(home.kind === "home" ? home.reason : "").toContain(says);
  });

  it("subject: says what gates will see, and refuses what verifiers would not read", () => {
    const placement = { ...question().placement, attach: "subject" } as const;
    const home = chooseHome(question({ placement, isHarbor: true, hasLegacyTag: true }));
    expect(home).toMatchObject({ kind: "home", repository: PLACED });
    expect(home.kind === "home" ? home.reason : "").toMatch(/Harbor.*cosign 3/);
    expect(chooseHome(question({ placement, referrers: MANY }))).toEqual({
      kind: "full",
      referrers: 51,
    });
  });

  it("the evidence repository is what the channel says", () => {
    const placement = { ...question().placement, repository: "evidence.example.com/all" };
    expect(evidenceRepository(placement, PLACED)).toBe("evidence.example.com/all");
  });
});
