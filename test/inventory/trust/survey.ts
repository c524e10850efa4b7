import { TrustSurvey, type GatheredFacts } from "#inventory";
import type { Digest, EvidenceFact, Repository as Place } from "#model";
import * as examiner from "#trust";
import type { OtherVerifier } from "#trust";
import { openEngine, digestOfBuilt, type Engine } from "../../support/engine.ts";
import { seed, type Built } from "../../support/images.ts";
import {
  startRegistry,
  type Registry,
  type RegistryOptions,
  type Repository,
} from "../../support/registry/index.ts";
import { makePair, type Pair } from "../../support/signing.ts";
import { repo } from "../../support/state.ts";
import { keyAuthority, NOW } from "../../support/verifying.ts";

export const HOST = "registry.example.com";
export const HOME: Place = repo(`${HOST}/staging/api`);
export const RELEASE: Pair = makePair();
export const STRANGER: Pair = makePair();

/** One registry, one repository, and what is known of its digests under the authority `release`. */
export interface Surveyed extends AsyncDisposable {
  readonly registry: Registry;
  readonly repository: Repository;
  readonly engine: Engine;
  gather(image: Pick<Built, "digest">, how?: How): Promise<GatheredFacts>;
  /** The facts about the image itself. */
  facts(image: Pick<Built, "digest">, how?: How): Promise<readonly EvidenceFact[]>;
}

export interface How {
  readonly evidence?: "none" | "digest" | "platforms";
  readonly details?: "none" | "platforms" | "labels";
  readonly at?: readonly Place[];
  readonly signatureRepositories?: readonly Place[];
  readonly revoked?: readonly Digest[];
  readonly others?: readonly OtherVerifier[];
}

export async function openSurveyed(options: RegistryOptions = {}): Promise<Surveyed> {
  const registry = await startRegistry(options);
  const engine = openEngine({ [HOST]: registry });
  const authorities = new Map([["release", keyAuthority([RELEASE.pem])]]);
  function gather(image: Pick<Built, "digest">, how: How = {}): Promise<GatheredFacts> {
    const { signatureRepositories = [], others = [] } = how;
    const under = { examiner, authorities, signatureRepositories, others, now: NOW };
    return new TrustSurvey(engine.stores, under).gather(
      {
        digest: digestOfBuilt(image),
        repositories: how.at ?? [HOME],
        evidence: how.evidence ?? "digest",
        details: how.details ?? "none",
        revoked: (how.revoked ?? []).map((digest) => ({
          repository: HOME,
          digest,
          required: true,
        })),
      },
      AbortSignal.timeout(60_000),
    );
  }
  return {
    registry,
    repository: registry.repository("staging/api"),
    engine,
    gather,
    facts: async (image, how) => {
      const { evidence } = await gather(image, how);
      return evidence.get(digestOfBuilt(image))?.facts ?? [];
    },
    [Symbol.asyncDispose]: async () => {
      await engine[Symbol.asyncDispose]();
      await registry.close();
    },
  };
}

/** Puts evidence where its tag, or nothing but its subject, leads to it. */
export function attach({ repository }: Surveyed, built: Built, tag?: string): void {
  seed(repository, built, tag === undefined ? [] : [tag]);
}

/** `bundle signature pass`: the form, what it is, and what became of it under `release`. */
export function shown({ form, content, checks, unsigned }: EvidenceFact): string {
  const what = content.kind === "attestation" ? content.predicateType : content.kind;
  const [check] = checks;
  const became = check === undefined ? (unsigned ? "unsigned" : "untried") : check.outcome;
  return [form, what, became, ...(became === "fail" ? [check?.check] : [])].join(" ");
}
