import { readFile } from "node:fs/promises";
import { BenchError } from "./bench-error.ts";
import { isRecord } from "./push.ts";

/** What the checks need of a plan document (`waybill.dev/plan/v1`). */
export interface PlanSeen {
  readonly copies: number;
  readonly tags: number;
  /** Actions of other kinds, of which a universe never needs any. */
  readonly others: number;
  /** Actions that share an id with another one. */
  readonly repeated: number;
  readonly copiedDigests: number;
  readonly blocked: number;
}

/** Reads a plan document from a file. */
export async function readPlan(file: string): Promise<PlanSeen> {
  const document: unknown = JSON.parse(await readFile(file, "utf8"));
  if (!isRecord(document) || !Array.isArray(document["actions"])) {
    throw new BenchError("what plan printed is no plan document");
  }
  const actions: readonly unknown[] = document["actions"];
  const fields = actions.map((action) => (isRecord(action) ? action : {}));
  const copies = fields.filter(({ op }) => op === "copy");
  const tags = fields.filter(({ op }) => op === "tag");
  return {
    copies: copies.length,
    tags: tags.length,
    others: fields.length - copies.length - tags.length,
    repeated: fields.length - new Set(fields.map(({ id }) => id)).size,
    copiedDigests: new Set(copies.map(({ digest }) => digest)).size,
    blocked: Array.isArray(document["blocked"]) ? document["blocked"].length : Number.NaN,
  };
}
