/** An owners file that uses every key of its schema. */
export const OWNERS = `apiVersion: waybill.dev/v1
kind: Owners
groups:
  sre: { people: [alice, "bob#583231"], teams: ["org/sre"], apps: [release-bot] }
  payments: { people: [carol, dave] }
owners:
  - { paths: ["promotions/payments/**"], kinds: [container-image], from: [sre] }
  - { paths: ["promotions/**"], from: [payments, sre] }
admins: [sre]
`;

/** A channel more, with every key that says who may do what, and when. */
export const CHANNELS_RIGHTS = `  guarded:
    to: "guarded/{project}/{name}"
    sites: { require: [oslo] }
    promoters: [sre]
    approvals: { count: 2, from: [sre], codeOwners: true }
    overrides: [sre]
    freeze:
      - { from: 2026-12-20T00:00:00Z, to: 2027-01-02T00:00:00Z, reason: year end }
      - { days: [sat, sun], from: "00:00", to: "24:00", timeZone: Europe/Oslo, reason: weekend }
    limits: { remove: { count: 10, share: 0.3, floor: 10 }, move: { count: 50 } }
`;
