import { checkPullRequest, type CheckAnswer, type PlanRequest } from "#app";
import { commentMarkdown, readCheck, type ArtifactPage, type CheckReport } from "#report";
import { referrerOf } from "../../support/attached.ts";
import type { Built } from "../../support/built.ts";
import { image, seed, type ImageOptions } from "../../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../../support/workspace.ts";
import { applied, calm, planRequest } from "../run.ts";

/** The check of a pull request whose base is the commit before. */
export function checked(
  workspace: Pick<Workspace, "root">,
  over: Partial<PlanRequest> = {},
): Promise<CheckAnswer> {
  return checkPullRequest(planRequest(workspace, { since: "HEAD^1", ...over }), calm());
}

/** The comment that a later job writes from what the check left behind. */
export function commentOf({ document }: CheckAnswer): string {
  const report = readCheck(JSON.parse(JSON.stringify(document)));
  if (typeof report === "string") throw new Error(report);
  return commentMarkdown({
    instance: "waybill",
    report,
    at: "2026-11-21T12:00:00Z",
    repositoryUrl: "https://github.com/acme/promotions",
    summaryUrl: undefined,
    approvals: undefined,
    stale: undefined,
    outcome: undefined,
    answers: [],
  });
}

/** The one page of a check. */
export function pageIn({ pages }: Pick<CheckReport, "pages">): ArtifactPage {
  const [page, ...others] = pages;
  if (page === undefined || others.length > 0) throw new Error(`${pages.length} pages`);
  return page;
}

/** A bill of materials in CycloneDX, as a referrer. */
export function cyclonedx(subject: Built, packages: Readonly<Record<string, string>>): Built {
  const components = Object.entries(packages).map(([name, version]) => ({
    type: "library",
    name,
    version,
    purl: `pkg:npm/${encodeURIComponent(name)}@${version}`,
  }));
  const document = { bomFormat: "CycloneDX", specVersion: "1.6", components };
  return referrerOf(subject, "application/vnd.cyclonedx+json", JSON.stringify(document));
}

/** The same in SPDX 2.3. */
export function spdx(subject: Built, packages: Readonly<Record<string, string>>): Built {
  const document = {
    spdxVersion: "SPDX-2.3",
    name: "an image",
    packages: Object.entries(packages).map(([name, versionInfo]) => ({
      name,
      versionInfo,
      externalRefs: [{ referenceType: "purl", referenceLocator: `pkg:npm/${name}` }],
    })),
  };
  return referrerOf(subject, "application/spdx+json", JSON.stringify(document));
}

/** A scan that nobody signed, as Trivy attaches it. */
export function scan(subject: Built, found: Readonly<Record<string, string>>): Built {
  const [algorithm = "sha256", hex = ""] = subject.digest.split(":");
  const Vulnerabilities = Object.entries(found).map(([VulnerabilityID, Severity]) => ({
    VulnerabilityID,
    Severity,
  }));
  const statement = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "an image", digest: { [algorithm]: hex } }],
    predicateType: "https://cosign.sigstore.dev/attestation/vuln/v1",
    predicate: {
      scanner: { uri: "trivy", result: { SchemaVersion: 2, Results: [{ Vulnerabilities }] } },
      metadata: { scanFinishedOn: "2026-11-19T00:00:00Z" },
    },
  };
  return referrerOf(subject, "application/vnd.in-toto+json", JSON.stringify(statement));
}

/** Two versions of one image; the second would follow the first into prod. */
export interface Pair extends AsyncDisposable {
  readonly workspace: Workspace;
  readonly old: Built;
  readonly new: Built;
}

/** What the two are, with what is attached to each; and files beside the promotion. */
export interface PairOptions {
  readonly old?: ImageOptions;
  readonly new?: ImageOptions;
  /** Instead of two images that are built. */
  readonly built?: { readonly old: Built; readonly new: Built };
  readonly attachOld?: (old: Built) => readonly Built[];
  readonly attachNew?: (next: Built) => readonly Built[];
  readonly files?: Readonly<Record<string, string>>;
}

const COMMON: ImageOptions = { layers: 2, sharedLayers: 1, layerBytes: 4096 };

/** Opens them: v1.4.1 is applied to prod, v1.4.2 to staging, and the last commit brings v1.4.2 into prod. */
export async function openPair(options: PairOptions = {}): Promise<Pair> {
  const workspace = await openWorkspace();
  const old = options.built?.old ?? image({ ...COMMON, seed: "old", ...options.old });
  const next = options.built?.new ?? image({ ...COMMON, seed: "new", ...options.new });
  const source = workspace.source.repository("staging/api");
  for (const built of [old, ...(options.attachOld?.(old) ?? [])]) seed(source, built);
  for (const built of [next, ...(options.attachNew?.(next) ?? [])]) seed(source, built);
  const path = "promotions/payments/api.yaml";
  const there = versionLine("v1.4.1", old, "channels: [staging, prod]");
  function lines(channels: string): string {
    return promotion("api", versionLine("v1.4.2", next, `channels: [${channels}]`), there);
  }
  workspace.commit({
    ...options.files,
    [path]: promotion("api", there.replace("staging, prod", "staging")),
  });
  workspace.commit({ [path]: lines("staging") });
  await applied(workspace);
  workspace.commit({ [path]: lines("staging, prod") });
  return {
    workspace,
    old,
    new: next,
    [Symbol.asyncDispose]: () => workspace[Symbol.asyncDispose](),
  };
}
