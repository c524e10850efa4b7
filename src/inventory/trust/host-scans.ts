import { createHash } from "node:crypto";
import {
  addressOf,
  canonicalJson,
  HARBOR_SCAN,
  parseDigest,
  type Digest,
  type EvidenceContent,
  type EvidenceFact,
  type Fault,
  type Json,
  type Repository,
  type SubjectEvidence,
} from "#model";
import type { HostScan, ReadStores } from "#stores";
import { attempt } from "../attempt.ts";

/** What the scanners of hosts say about one manifest. */
export interface HostScansRequest {
  readonly stores: ReadStores;
  readonly subject: Digest;
  /** Where the manifest may lie. */
  readonly repositories: readonly Repository[];
  /** Authorities that are a host's own scanner: name → host. */
  readonly scanners: ReadonlyMap<string, string>;
}

/**
 * Asks each host that is an authority by itself for its scan (001-29). It vouches by its API alone, so that nothing of it
 * can be carried elsewhere: it is asked wherever the artifact lies there. What cannot be read is a fault (promise 3).
 */
export async function hostScans(
  { stores, subject, repositories, scanners }: HostScansRequest,
  signal: AbortSignal,
): Promise<SubjectEvidence> {
  const facts: EvidenceFact[] = [];
  const faults: Fault[] = [];
  if (scanners.size === 0) return { facts, faults };
  for (const repository of new Set(repositories)) {
    const address = addressOf(repository);
    const host = address.kind === "registry" ? address.host : undefined;
    const names = [...scanners].flatMap(([name, at]) => (at === host ? [name] : []));
    if (host === undefined || names.length === 0) continue;
    const scan = await attempt(async (): Promise<HostScan> => {
      const ask = stores.read(repository).scan;
      return ask === undefined ? { kind: "none", why: noHarbor(host) } : ask(subject, signal);
    });
    if (scan.kind === "fault") faults.push(scan.fault);
    else facts.push(factOf(scan.value, { subject, host, names, repository }));
  }
  return { facts, faults };
}

function noHarbor(host: string): string {
  return `policies/registries.yaml does not say product: harbor of ${host}, so that its scan is not asked`;
}

interface About {
  readonly subject: Digest;
  readonly host: string;
  readonly names: readonly string[];
  readonly repository: Repository;
}

function factOf(scan: HostScan, { subject, host, names, repository }: About): EvidenceFact {
  const shared = { form: "api", subject, unsigned: false } as const;
  if (scan.kind === "none")
    return {
      ...shared,
      digest: digestOf({ subject, repository }),
      content: { kind: "unreadable", why: scan.why },
      checks: [],
    };
  const { databaseTime, scanner, found, severity, finishedAt } = scan.report;
  const predicate = {
    scanner,
    severity,
    metadata: { scanFinishedOn: finishedAt },
    vulnerabilities: found.map((finding) => ({ ...finding })),
  };
  const content: EvidenceContent = {
    kind: "attestation",
    predicateType: HARBOR_SCAN,
    predicate:
      databaseTime === undefined
        ? predicate
        : { ...predicate, database: { updatedAt: databaseTime } },
  };
  return {
    ...shared,
    // The database grows while the report stays what it is: one report has one name.
    digest: digestOf({ subject, host, predicate }),
    content,
    checks: names.map((authority) => ({
      authority,
      outcome: "pass",
      check: "identity",
      signer: { kind: "host", host },
    })),
  };
}

/** An answer of an API has no digest of its own. */
function digestOf(value: Json): Digest {
  const hex = createHash("sha256").update(canonicalJson(value)).digest("hex");
  const digest = parseDigest(`sha256:${hex}`);
  if (digest === undefined) throw new TypeError(`not a digest: ${hex}`);
  return digest;
}
