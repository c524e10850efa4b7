import { hasErrors, type Diagnostic, type Json, type Plan } from "#model";
import { findingsOf } from "./findings.ts";
import { load } from "./load.ts";
import { makePlan, openRunStores, type PlanOptions } from "./make-plan.ts";
import { keptProofs, type KeepingRequest } from "./trust/kept-proofs.ts";

/** What `waybill plan` is asked. */
export interface PlanRequest extends Omit<PlanOptions, "kept">, KeepingRequest {
  readonly root: string;
  readonly registriesFile: string | undefined;
  readonly restrictPaths?: boolean | undefined;
  readonly detailedExitCode: boolean;
}

/** The plan with its document and exit code, or all that is wrong with what was written. */
export type PlanAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: "planned";
      readonly plan: Plan;
      readonly document: Json;
      readonly diagnostics: readonly Diagnostic[];
      /** What the plan blocks, at the lines that ask for it. */
      readonly findings: readonly Diagnostic[];
      readonly notes: readonly string[];
      readonly exitCode: number;
    };

/** `waybill plan`: files → desired state, stores → actual state, and the difference (contract §4). */
export async function plan(request: PlanRequest, signal: AbortSignal): Promise<PlanAnswer> {
  const loaded = await load(request, signal);
  const { diagnostics, notes } = loaded;
  if (hasErrors(diagnostics)) return { kind: "invalid", diagnostics };
  const stores = await openRunStores(loaded, request);
  try {
    const made = await makePlan(loaded, { ...request, kept: keptProofs(request) }, stores, signal);
    const { exitCode, planDocument } = await import("#plan");
    const code = exitCode({ plan: made, detailed: request.detailedExitCode });
    return {
      kind: "planned",
      plan: made,
      document: planDocument(made),
      diagnostics,
      findings: findingsOf(made, loaded.desired),
      notes,
      exitCode: code,
    };
  } finally {
    await stores.close();
  }
}
