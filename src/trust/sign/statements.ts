import {
  digestAlgorithm,
  digestHex,
  PROMOTION,
  VSA,
  type Digest,
  type Json,
  type OnceBad,
  type TrustState,
} from "#model";

/** Members of a VSA that are not SLSA's own are named by a URI. */
export const VSA_CHANNEL = "https://waybill.dev/channel";
const VSA_TRUST = "https://waybill.dev/trust";

/** Everything that our two statements about one digest in one channel say. */
export interface PromotionFacts {
  readonly artifact: {
    readonly project: string;
    readonly name: string;
    readonly version: string;
    readonly kind: string;
  };
  readonly channel: string;
  readonly site: string;
  readonly environment: string | undefined;
  readonly digest: Digest;
  /** The digest first, then the platforms below it that the statements are attached to as well. */
  readonly subjects: readonly Digest[];
  readonly from: string;
  readonly to: string;
  readonly tags: readonly string[];
  readonly change: ChangeFacts;
  readonly run: { readonly by?: string; readonly url?: string };
  readonly planDigest: Digest;
  readonly policy: PolicyFacts;
  readonly admitted: AdmittedFacts;
  readonly verifierId: string;
  readonly toolVersion: string;
  readonly now: Date;
}

/** The change in git that asked for the step; what git and the host say, and no signature of those people. */
export interface ChangeFacts {
  /** The commit that introduced the step; undefined outside git, or where its history is not there. */
  readonly commit: string | undefined;
  /** HEAD of the run. */
  readonly head: string | undefined;
  readonly file: string;
  readonly author: string | undefined;
  readonly pullRequest: { readonly number: number; readonly url?: string } | undefined;
  readonly approvers: readonly string[];
}

export interface PolicyFacts {
  readonly uri: string;
  readonly commit: string | undefined;
  readonly digest: Digest;
}

/** What policy said when the version was let in. */
export interface AdmittedFacts {
  readonly trust: TrustState;
  readonly explanation: string;
  readonly rules: readonly string[];
  readonly evidence: readonly Digest[];
  readonly exceptions: readonly string[];
  /** Evidence that was there and refused: if it is gone one day, that is known. */
  readonly refuting?: readonly OnceBad[];
  /** The highest SLSA build level that is proven; undefined: none. */
  readonly buildLevel: number | undefined;
}

/** The two statements in the bytes that are signed. */
export function statementsOf(facts: PromotionFacts): {
  readonly vsa: Buffer;
  readonly promotion: Buffer;
} {
  return {
    vsa: statement(facts, VSA, summaryOf(facts)),
    promotion: statement(facts, PROMOTION, promotionOf(facts)),
  };
}

function statement(
  { subjects, to }: PromotionFacts,
  predicateType: string,
  predicate: Json,
): Buffer {
  const document: Json = {
    _type: "https://in-toto.io/Statement/v1",
    subject: subjects.map((digest) => ({ name: to, digest: digestSet(digest) })),
    predicateType,
    predicate,
  };
  return Buffer.from(JSON.stringify(document));
}

function summaryOf(facts: PromotionFacts): Json {
  const { policy, admitted, verifierId, now, toolVersion } = facts;
  return {
    verifier: { id: verifierId, version: { waybill: toolVersion } },
    timeVerified: now.toISOString(),
    resourceUri: resourceUri(facts.to, facts.digest),
    policy: {
      uri: policy.uri,
      digest: {
        ...digestSet(policy.digest),
        ...(policy.commit === undefined ? {} : { gitCommit: policy.commit }),
      },
    },
    inputAttestations: admitted.evidence.map((digest) => ({
      uri: resourceUri(facts.to, digest),
      digest: digestSet(digest),
    })),
    verificationResult: "PASSED",
    verifiedLevels: levelsOf(facts),
    slsaVersion: "1.0",
    [VSA_CHANNEL]: facts.channel,
    [VSA_TRUST]: admitted.trust,
  };
}

/** No level is ever written as unevaluated: slsa-verifier cannot read that; an absent one says the same. */
function levelsOf({ channel, admitted }: PromotionFacts): readonly string[] {
  const { buildLevel, trust } = admitted;
  return [
    ...(buildLevel === undefined ? [] : [`SLSA_BUILD_LEVEL_${buildLevel}`]),
    `WAYBILL_CHANNEL_${channel.toUpperCase().replaceAll("-", "_")}`,
    ...(trust === "verified" ? ["WAYBILL_VERIFIED"] : []),
  ];
}

function promotionOf(facts: PromotionFacts): Json {
  const { artifact, channel, site, environment, digest, from, to, tags, change, run } = facts;
  const { policy, admitted } = facts;
  return {
    action: "promote",
    time: facts.now.toISOString(),
    artifact: { ...artifact },
    channel,
    site,
    ...(environment === undefined ? {} : { environment }),
    from: { repository: from, digest },
    to: { repository: to, digest },
    tags,
    change: {
      file: change.file,
      ...optional({ commit: change.commit, head: change.head, author: change.author }),
      ...(change.pullRequest === undefined ? {} : { pullRequest: { ...change.pullRequest } }),
      approvers: change.approvers,
    },
    run: { ...run },
    planDigest: facts.planDigest,
    policy: { uri: policy.uri, digest: policy.digest, ...optional({ commit: policy.commit }) },
    admitted: {
      trust: admitted.trust,
      explanation: admitted.explanation,
      rules: admitted.rules,
      evidence: admitted.evidence,
      ...(admitted.refuting === undefined || admitted.refuting.length === 0
        ? {}
        : { refuting: admitted.refuting.map((item) => ({ ...item })) }),
    },
    exceptions: admitted.exceptions,
    tool: { name: "waybill", version: facts.toolVersion },
  };
}

/** `oci://host/path@digest` for a registry: what a consumer of the image knows; no tag, which would say nothing. */
export function resourceUri(repository: string, digest: Digest): string {
  const scheme = /^(?:oci-layout:|file:|s3:)/.test(repository) ? "" : "oci://";
  return `${scheme}${repository}@${digest}`;
}

function digestSet(digest: Digest): { readonly [algorithm: string]: string } {
  return { [digestAlgorithm(digest)]: digestHex(digest) };
}

function optional(members: Readonly<Record<string, string | undefined>>): Record<string, string> {
  const present: Record<string, string> = {};
  for (const [key, value] of Object.entries(members)) if (value !== undefined) present[key] = value;
  return present;
}
