import {
  hasErrors,
  parseDigest,
  repositoryAt,
  parseAddress,
  type AuthorityCheck,
  type Channel,
  type Digest,
  type EvidenceContent,
  type EvidenceFact,
  type ImageFacts,
  type Json,
  type Repository,
  type Revocation,
  type TrustDecision,
  type TrustFacts,
  type TrustPolicy,
} from "#model";
import { readPolicies } from "#desired";
import { decideTrust, type TrustQuestion } from "#policy";
import { digest } from "./promotions.ts";

export const NOW: Date = new Date("2026-11-21T12:00:00Z");

/** The digest that a number stands for. */
export function d(number: number): Digest {
  const parsed = parseDigest(digest(number));
  if (parsed === undefined) throw new Error("no digest");
  return parsed;
}

export const IMAGE: Digest = d(0x1a);
export const AMD64: Digest = d(0xa0);
export const ARM64: Digest = d(0xa1);

function repository(text: string): Repository {
  const address = parseAddress(text);
  if (typeof address === "string") throw new Error(address);
  return repositoryAt(address);
}

/** Authorities `ci`, `rel`, `scanner`, `scanner2`, `sec` and `qa`, and whatever stands below. */
export function policy(rest: string): TrustPolicy {
  const text = `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  ci: { keyless: { issuer: "https://issuer", subject: "ci", root: pg } }
  rel: { keys: [{ file: policies/a.pub }, { file: policies/b.pub }] }
  scanner: { key: { file: policies/s.pub } }
  scanner2: { key: { file: policies/s2.pub } }
  sec: { key: { file: policies/v.pub } }
  qa: { key: { file: policies/q.pub } }
roots: { pg: { file: policies/pg.json, sha256: "${"0".repeat(64)}", fetchedAt: 2026-11-01, maxAge: 30d, onStale: fail } }
${rest}`;
  const { policies, diagnostics } = readPolicies([{ path: "policies/trust.yaml", text }]);
  const errors = diagnostics.filter(({ severity }) => severity === "error");
  if (policies.trust === undefined || errors.length > 0) throw new Error(JSON.stringify(errors));
  return policies.trust.policy;
}

/** A policy of one enforce rule `r` that asks for these. */
export function asking(...requirements: readonly string[]): TrustPolicy {
  return policy(rule("r", requirements));
}

export function rule(name: string, requirements: readonly string[], more = ""): string {
  const items = requirements.map((requirement) => `      - ${requirement}\n`).join("");
  return `rules:\n  - name: ${name}\n${more}    require:\n${items}`;
}

/** The channels `dev`, `staging` (after dev) and `prod` (after staging), the last with this `requires`. */
function channels(requires = ""): ReadonlyMap<string, Channel> {
  const text = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{name}", sites: { require: [oslo] } }
  staging: { to: "staging/{name}", after: [dev], sites: { require: [oslo, bergen] }, tags: { moving: { candidate: newest-prerelease } } }
  prod: { to: "prod/{name}", after: [staging], sites: { require: [oslo] }${requires === "" ? "" : `, requires: { ${requires} }`} }
`;
  const { policies, diagnostics } = readPolicies([{ path: "policies/channels.yaml", text }]);
  if (policies.channels === undefined || diagnostics.length > 0)
    throw new Error(JSON.stringify(diagnostics));
  return policies.channels.channels;
}

export function revocations(...entries: readonly string[]): readonly Revocation[] {
  const text = `apiVersion: waybill.dev/v1\nkind: Revocations\nrevocations:\n${entries.map((entry) => `  - { ${entry} }\n`).join("")}`;
  const { policies, diagnostics } = readPolicies([{ path: "policies/revocations.yaml", text }]);
  if (policies.revocations === undefined || hasErrors(diagnostics))
    throw new Error(JSON.stringify(diagnostics));
  return policies.revocations.revocations;
}

/** An index of two platforms. */
export const INDEX: ImageFacts = {
  mediaType: "application/vnd.oci.image.index.v1+json",
  artifactType: undefined,
  configMediaType: undefined,
  annotations: {},
  labels: {},
  platforms: [
    { digest: AMD64, platform: "linux/amd64", annotations: {}, labels: {} },
    { digest: ARM64, platform: "linux/arm64", annotations: {}, labels: {} },
  ],
  descendants: [AMD64, ARM64],
  containedIn: [],
};

/** What a test says of a question; the rest is a container image at prod of which everything was read. */
export interface Asked {
  readonly policy?: TrustPolicy;
  readonly evidence?: readonly EvidenceFact[];
  readonly requires?: string;
  readonly channel?: string;
  readonly revocations?: readonly Revocation[];
  readonly facts?: Partial<TrustFacts>;
  readonly faulty?: boolean;
  readonly question?: Partial<TrustQuestion>;
}

export function question(asked: Asked): TrustQuestion {
  const all = channels(asked.requires);
  const channel = all.get(asked.channel ?? "prod");
  if (channel === undefined) throw new Error("no such channel");
  const faults = asked.faulty === true ? [FAULT] : [];
  const subjects = [IMAGE, AMD64, ARM64].map((subject) => {
    const facts = (asked.evidence ?? []).filter((fact) => fact.subject === subject);
    return [subject, { facts, faults }] as const;
  });
  return {
    artifact: {
      id: "payments/api",
      project: "payments",
      name: "api",
      kind: "container-image",
      source: repository("registry.example.com/payments-staging/api"),
      runtimeClass: undefined,
    },
    version: "v1.4.2",
    digest: IMAGE,
    lifecycle: "published",
    channel,
    channels: all,
    environment: undefined,
    names: [],
    policy: asked.policy,
    revocations: asked.revocations ?? [],
    facts: {
      image: { kind: "known", value: INDEX },
      evidence: new Map(subjects),
      onceBad: [],
      promotions: [],
      movingTags: new Map(),
      admittedAt: undefined,
      ...asked.facts,
    },
    reference: undefined,
    now: NOW,
    ...asked.question,
  };
}

export const FAULT = {
  code: "unreachable",
  message: "registry.example.com did not answer.",
  hint: undefined,
  retryable: true,
} as const;

export function decide(asked: Asked): TrustDecision {
  return decideTrust(question(asked));
}

/** How evidence of a test differs from what an authority signed well. */
export interface Made {
  readonly by?: string;
  readonly key?: Digest;
  readonly signedAt?: string;
  readonly check?: Partial<AuthorityCheck>;
  readonly subject?: Digest;
  readonly digest?: Digest;
  readonly form?: EvidenceFact["form"];
}

let made = 0x1000;

/** Evidence with a digest of its own. */
export function evidence(content: EvidenceContent, how: Made = {}): EvidenceFact {
  made += 1;
  const key =
    how.key ?? d(Array.from(how.by ?? "").reduce((sum, sign) => sum + sign.charCodeAt(0), 0) % 256);
  const checks: readonly AuthorityCheck[] =
    how.by === undefined
      ? []
      : [
          {
            authority: how.by,
            outcome: "pass",
            check: "identity",
            signer: { kind: "key", key },
            ...(how.signedAt === undefined ? {} : { trustedTime: how.signedAt }),
            ...how.check,
          },
        ];
  const own = parseDigest(`sha256:${made.toString(16).padStart(64, "0")}`) ?? IMAGE;
  return {
    digest: how.digest ?? own,
    form: how.form ?? "bundle",
    subject: how.subject ?? IMAGE,
    content,
    checks,
    unsigned: how.by === undefined,
  };
}

export function signature(how: Made): EvidenceFact {
  return evidence({ kind: "signature" }, how);
}

export function attested(predicateType: string, predicate: Json, how: Made = {}): EvidenceFact {
  return evidence({ kind: "attestation", predicateType, predicate }, how);
}

/** A Trivy scan that finished at a time and found these. */
export function scan(
  finished: string | undefined,
  found: readonly (readonly [id: string, severity: string])[],
  how: Made = { by: "scanner" },
): EvidenceFact {
  const Vulnerabilities = found.map(([VulnerabilityID, Severity]) => ({
    VulnerabilityID,
    Severity,
  }));
  return attested(
    "https://cosign.sigstore.dev/attestation/vuln/v1",
    {
      scanner: { uri: "trivy", result: { SchemaVersion: 2, Results: [{ Vulnerabilities }] } },
      metadata: finished === undefined ? {} : { scanFinishedOn: finished },
    },
    how,
  );
}

export function vex(
  id: string,
  status: string,
  timestamp = "2026-11-20T00:00:00Z",
  { statement, ...how }: Made & { readonly statement?: { readonly [key: string]: Json } } = {},
): EvidenceFact {
  const statements = [{ vulnerability: { name: id }, status, ...statement }];
  return attested(
    "https://openvex.dev/ns/v0.2.0",
    { timestamp, statements },
    { by: "sec", ...how },
  );
}

export function spdx(licences: readonly string[] = ["Apache-2.0"]): Json {
  return {
    spdxVersion: "SPDX-2.3",
    name: "api",
    packages: licences.map((licenseConcluded) => ({ name: "p", licenseConcluded })),
  };
}

export function provenance(
  how: Made & {
    readonly builder?: string;
    readonly source?: string;
    readonly commit?: string;
  } = {},
): EvidenceFact {
  const uri = `git+${how.source ?? "https://github.com/payments/api"}@refs/tags/v1.4.2`;
  return attested(
    "https://slsa.dev/provenance/v1",
    {
      buildDefinition: {
        externalParameters: {
          workflow: { repository: how.source ?? "https://github.com/payments/api" },
        },
        resolvedDependencies: [{ uri, digest: { gitCommit: how.commit ?? "c0ffee" } }],
      },
      runDetails: {
        builder: { id: how.builder ?? "https://builder" },
        metadata: { finishedOn: "2026-11-20T00:00:00Z" },
      },
    },
    { by: "ci", ...how },
  );
}
