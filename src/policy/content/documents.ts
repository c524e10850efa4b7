import type { EvidenceFact, Json } from "#model";
import { isObject } from "../trust/json.ts";
import { predicateOf, statedTime } from "../trust/newest.ts";
import { sbomOf } from "../trust/sbom-document.ts";
import { isScanType } from "../trust/scan-report.ts";

/** A document of evidence that two versions are compared by. */
export interface ContentDocument {
  readonly document: Json;
  /** Such as `spdx`: two of one format say the same things in the same words. */
  readonly format: string;
  /** An authority of the policy signed it. */
  readonly isVouched: boolean;
}

/** The bills of materials among evidence, the most trustworthy first. */
export function sbomsIn(facts: readonly EvidenceFact[]): readonly ContentDocument[] {
  return vouchedFirst(facts).flatMap((fact) => {
    const sbom = sbomOf(fact);
    const document = documentOf(fact);
    return typeof sbom !== "object" || document === undefined
      ? []
      : [{ document, format: sbom.format, isVouched: isVouched(fact) }];
  });
}

function documentOf({ content }: EvidenceFact): Json | undefined {
  if (content.kind === "sbom") return content.document;
  if (content.kind !== "attestation") return undefined;
  const { predicate } = content;
  return isObject(predicate) && "Data" in predicate ? predicate["Data"] : predicate;
}

/** The scans among evidence, the most trustworthy first, and of those the newest. */
export function scansIn(facts: readonly EvidenceFact[]): readonly ContentDocument[] {
  const scans = facts.flatMap((fact) => {
    const { content } = fact;
    const predicate = predicateOf(fact);
    return content.kind === "attestation" && isScanType(content.predicateType) && predicate
      ? [{ fact, predicate, time: statedTime(predicate) ?? 0 }]
      : [];
  });
  return scans
    .toSorted((a, b) => Number(isVouched(b.fact)) - Number(isVouched(a.fact)) || b.time - a.time)
    .map(({ fact, predicate }) => ({
      document: predicate,
      format: "scan",
      isVouched: isVouched(fact),
    }));
}

/** The best two to compare: of one format where both have it, the trustworthy first. */
export function pairOf(
  before: readonly ContentDocument[],
  after: readonly ContentDocument[],
): readonly [ContentDocument | undefined, ContentDocument | undefined] {
  for (const mine of after) {
    const theirs = before.find(({ format }) => format === mine.format);
    if (theirs !== undefined) return [theirs, mine];
  }
  return [before[0], after[0]];
}

function vouchedFirst(facts: readonly EvidenceFact[]): readonly EvidenceFact[] {
  return facts.toSorted((a, b) => Number(isVouched(b)) - Number(isVouched(a)));
}

function isVouched({ checks }: EvidenceFact): boolean {
  return checks.some(({ outcome }) => outcome === "pass");
}
