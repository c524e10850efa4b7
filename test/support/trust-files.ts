import { digest } from "./promotions.ts";

/** A trust file that uses every key of its schema; its first rule is the contract's own example. */
export const TRUST: string = `apiVersion: waybill.dev/v1
kind: Trust
roots:
  public-good: { file: policies/trust/public-good.json, sha256: "${"9f".repeat(32)}", fetchedAt: 2026-11-01, maxAge: 180d, onStale: warn }
authorities:
  payments-ci:
    keyless:
      issuer: "https://token.actions.githubusercontent.com"
      subjectRegExp: "https://github\\\\.com/payments/api/\\\\.github/workflows/release\\\\.yml@refs/tags/.*"
      root: public-good
      extensions:
        sourceRepository: "https://github.com/payments/api"
        sourceRepositoryId: "4711"
        sourceRepositoryOwner: "https://github.com/payments"
        sourceRepositoryOwnerId: "815"
        sourceRepositoryRef: refs/tags/v1.4.2
        sourceRepositoryDigest: 9a3f0c1e
        buildConfig: "https://github.com/payments/api/.github/workflows/release.yml@refs/tags/v1.4.2"
        buildSigner: "https://github.com/payments/ci/.github/workflows/build.yml@refs/heads/main"
        buildTrigger: push
        runnerEnvironment: github-hosted
        runInvocation: "https://github.com/payments/api/actions/runs/1/attempts/1"
    evidence: { tlog: required, inclusionProof: required, timestamp: optional, sct: required }
    signatureRepository: registry.example.com/signatures
  release-key:
    keys: [{ file: policies/trust/release.pub, validFrom: 2026-01-01, validTo: 2027-01-01 }]
  scanner: { key: { file: policies/trust/scanner.pub } }
  security: { key: { file: policies/trust/security.pub } }
  qa: { keyless: { issuerRegExp: "https://.*\\\\.example\\\\.com", subject: qa@example.com, root: public-good } }
  waybill-prod: { key: { file: policies/trust/waybill.pub } }
  harbor-oslo: { harbor: { host: registry.oslo.example.com } }
sources:
  allow: ["registry.example.com/{project}-staging/**"]
neverPromote:
  - { sources: ["registry.example.com/ci-only/**"], projects: ["*"], names: ["**"], kinds: [vm-image], channels: [staging, prod], reason: test OS images }
rules:
  - name: payments-images
    match: { projects: [payments], names: ["**"], kinds: [container-image], sources: ["**"], channels: [staging, prod], environments: ["*"], runtimeClasses: ["*"] }
    mode: enforce
    coverage: index
    require:
      - signature: { anyOf: [payments-ci, release-key], count: 1, formats: [bundle, legacy], after: vulnerabilities }
      - sbom: { formats: [spdx, cyclonedx], signedBy: [payments-ci] }
      - provenance: { signedBy: [payments-ci], builders: [{ id: "https://github.com/actions/runner/github-hosted", maxLevel: 3 }], sourceRepository: "https://github.com/payments/api", reproducibility: none, maxAge: 90d }
      - vulnerabilities: { signedBy: [scanner, harbor-oslo], block: [{ severity: critical }, { severity: high, unless: mitigated }], vex: { signedBy: [security] }, maxAge: 30d, unsigned: refuse }
      - attestation: { predicateType: "https://example.com/qa/v1", signedBy: [qa], count: 1, where: [{ path: /result, op: eq, value: passed }], maxAge: 30d, unsigned: refuse }
exceptions:
  - { rule: payments-images, vulnerability: CVE-2026-1111, artifact: payments/api, reason: "not reachable, SEC-88", until: 2026-12-31T00:00:00Z }
signing: { authority: waybill-prod, verifierId: "https://waybill.dev/verifier/v1" }
noMatch: deny
`;

/** A channel that uses every key of \`requires\` and \`attestation\`. */
export const CHANNELS_TRUST: string = `  certified:
    to: "certified/{project}/{name}"
    after: [prod]
    sites: { require: [oslo] }
    requires:
      trust: verified
      rules: [payments-images]
      soak: 24h
      versions: release
      platforms: [linux/amd64, linux/arm64]
      annotations:
        org.opencontainers.image.revision: { present: true, matches: "[0-9a-f]{40}" }
        org.opencontainers.image.licenses: { eq: Apache-2.0, in: [Apache-2.0] }
      kinds: [container-image]
      projects: [payments, "web-*"]
      sameDigestAs: candidate
      baseImage: { pinned: true }
      licences: { deny: [AGPL-3.0-only], unknown: refuse }
    attestation: { attach: auto, repository: "{repository}-evidence", coverage: index }
`;

export const REVOCATIONS: string = `apiVersion: waybill.dev/v1
kind: Revocations
revocations:
  - { digest: "${digest(0xde)}", only: true, reason: "CVE-2026-1234, no fix", reference: "https://example.com/1", at: 2026-11-20T10:00:00Z }
  - { key: "${digest(0x51)}", at: 2026-10-02T00:00:00Z, reason: key lost }
  - { authority: release-key, at: 2026-10-02T00:00:00Z, reason: key lost, rescinded: { at: 2026-10-03T00:00:00Z, reason: found again } }
  - { identity: { subject: release@example.com, issuer: "https://accounts.example.com" }, at: 2026-10-02T00:00:00Z, reason: left }
  - { evidence: "${digest(0xe1)}", reason: signed by mistake }
  - { project: payments, name: api, versions: ">=1.4.0 <1.4.2", digests: ["${digest(0x41)}"], reason: leaks }
`;
