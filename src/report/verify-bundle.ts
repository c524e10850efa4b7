import type { EvidenceCheck, EvidenceForm, Json, Outcome, Signer } from "#model";
import { plain } from "./plain-text.ts";
import type { Style } from "./style.ts";

/** What `waybill verify-bundle` found. */
export interface BundleResult {
  readonly outcome: Outcome;
  readonly artifact: string;
  readonly bundle: string;
  readonly form: EvidenceForm;
  /** Of a Sigstore bundle, such as `0.3`. */
  readonly version: string | undefined;
  readonly root: BundleRoot;
  readonly checks: readonly BundleCheck[];
  readonly signer: Signer | undefined;
  readonly trustedTime: string | undefined;
  /** What was signed: `signature`, or a predicate type. */
  readonly says: string | undefined;
}

export interface BundleRoot {
  readonly name: string;
  readonly sha256: string;
  /** Of the copy in the package: the day it was taken, and how long ago that was. */
  readonly fetchedAt: string | undefined;
  readonly age: string | undefined;
}

export interface BundleCheck {
  readonly check: EvidenceCheck;
  readonly outcome: Outcome;
  readonly expected?: string;
  readonly found?: string;
}

const WORDS: Readonly<Record<Outcome, string>> = {
  pass: "VERIFIED",
  fail: "NOT VERIFIED",
  unknown: "NOT VERIFIED (it could not be told)",
};

/** The result for a person; the first word says it, and colour adds nothing to it. */
export function bundleText(result: BundleResult, style: Style): string {
  const look = result.outcome === "pass" ? style.green : style.red;
  const lines = [`${look(style.bold(WORDS[result.outcome]))}  ${plain(result.artifact)}`];
  for (const [name, value] of rowsOf(result))
    lines.push(`  ${name.padEnd(10)}${style.dim("·")} ${plain(value)}`);
  return `${lines.join("\n")}\n`;
}

function rowsOf(result: BundleResult): readonly (readonly [string, string])[] {
  const rows: (readonly [string, string])[] = [["evidence", formText(result)]];
  const stopped = result.checks.find((check) => check.outcome !== "pass");
  if (stopped !== undefined) {
    rows.push(["failed", `the check of ${stopped.check}`]);
    if (stopped.expected !== undefined) rows.push(["expected", stopped.expected]);
    if (stopped.found !== undefined) rows.push(["found", stopped.found]);
  }
  const passed = result.checks.filter((check) => check.outcome === "pass");
  rows.push(["passed", passed.map(({ check }) => check).join(", ") || "nothing"]);
  if (result.signer !== undefined) rows.push(["signed by", signerText(result.signer)]);
  if (result.trustedTime !== undefined)
    rows.push(["time", `no later than ${result.trustedTime}, by log or timestamp`]);
  if (result.says !== undefined) rows.push(["says", result.says]);
  rows.push(["root", rootText(result.root)]);
  return rows;
}

function formText({ form, version, bundle }: BundleResult): string {
  return `${form}${version === undefined ? "" : ` v${version}`} in ${bundle}`;
}

function signerText(signer: Signer): string {
  switch (signer.kind) {
    case "key":
      return `the key ${signer.key}`;
    case "keyless":
      return `${signer.subject}, by ${signer.issuer || "no issuer"}`;
    case "host":
      return signer.host;
  }
}

function rootText({ name, fetchedAt, age }: BundleRoot): string {
  return fetchedAt === undefined
    ? name
    : `${name}, the copy in this package of ${fetchedAt} (${age ?? "?"} old)`;
}

/** The result as `waybill.dev/verify-bundle/v1`. */
export function bundleDocument(result: BundleResult): Json {
  const { signer, root } = result;
  return {
    schema: "waybill.dev/verify-bundle/v1",
    outcome: result.outcome,
    artifact: result.artifact,
    bundle: result.bundle,
    form: result.form,
    version: result.version ?? null,
    root: {
      name: root.name,
      sha256: root.sha256,
      fetchedAt: root.fetchedAt ?? null,
    },
    signer: signer === undefined ? null : { ...signer },
    trustedTime: result.trustedTime ?? null,
    says: result.says ?? null,
    checks: result.checks.map((check) => ({ ...check })),
  };
}
