import { parseDigest, parseTime, type EvidenceCheck, type Json, type Signer } from "#model";
import type { CheckFact, Proof } from "../facts.ts";
import { itemsOf, readJson, textAt, valueAt } from "../read-json.ts";

/** Proofs as they are kept: under their own name, so that a file at another's place is not believed. */
export function proofsText(key: string, proofs: readonly Proof[]): string {
  return JSON.stringify({
    key,
    proofs: proofs.map(({ checks, signer, times }) => ({
      checks,
      ...(signer && { signer }),
      times: times.map((time) => time.toISOString()),
    })),
  });
}

/** Reads kept proofs; undefined where anything in them is not as it is written. */
export function parseProofs(bytes: Uint8Array, key: string): readonly Proof[] | undefined {
  const read = readJson(bytes, MAX_PROOFS);
  if (read.kind === "bad" || textAt(read.value, "key") !== key) return undefined;
  const proofs = valueAt(read.value, "proofs");
  return Array.isArray(proofs) ? all(itemsOf(proofs), proofOf) : undefined;
}

/** More than the proofs of one piece of evidence take. */
export const MAX_PROOFS: number = 256 * 1024;

function proofOf(value: Json): Proof | undefined {
  const checks = all(itemsOf(valueAt(value, "checks")), checkOf);
  const times = all(itemsOf(valueAt(value, "times")), timeOf);
  const told = valueAt(value, "signer");
  const signer = told === undefined ? undefined : signerOf(told);
  if (checks === undefined || times === undefined || checks.length === 0) return undefined;
  return told !== undefined && signer === undefined ? undefined : { checks, signer, times };
}

const CHECKS: readonly EvidenceCheck[] = ["parse", "crypto", "log", "time", "identity", "subject"];
const OUTCOMES = ["pass", "fail"] as const;

function checkOf(value: Json): CheckFact | undefined {
  const check = CHECKS.find((name) => name === textAt(value, "check"));
  const outcome = OUTCOMES.find((name) => name === textAt(value, "outcome"));
  const [expected, found] = [textAt(value, "expected"), textAt(value, "found")];
  if (check === undefined || outcome === undefined) return undefined;
  return {
    check,
    outcome,
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
  };
}

function timeOf(value: Json): Date | undefined {
  const time = typeof value === "string" ? parseTime(value) : undefined;
  return time === undefined ? undefined : new Date(time);
}

function signerOf(value: Json): Signer | undefined {
  const [issuer, subject] = [textAt(value, "issuer"), textAt(value, "subject")];
  const key = parseDigest(textAt(value, "key") ?? "");
  if (key === undefined) return undefined;
  if (textAt(value, "kind") === "key") return { kind: "key", key };
  const extensions = textsOf(valueAt(value, "extensions"));
  if (textAt(value, "kind") !== "keyless" || extensions === undefined) return undefined;
  if (issuer === undefined || subject === undefined) return undefined;
  return { kind: "keyless", issuer, subject, extensions, key };
}

function textsOf(value: Json | undefined): Readonly<Record<string, string>> | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const texts = Object.entries(value).flatMap(([name, text]) =>
    typeof text === "string" ? [[name, text] as const] : [],
  );
  return texts.length === Object.keys(value).length ? Object.fromEntries(texts) : undefined;
}

function all<T>(
  values: readonly Json[],
  parse: (value: Json) => T | undefined,
): readonly T[] | undefined {
  const parsed = values.flatMap((value) => parse(value) ?? []);
  return parsed.length === values.length ? parsed : undefined;
}
