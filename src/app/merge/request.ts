import type { ApplyOutcome, Plan, RunRecord } from "#model";
import type { UncoveredAction } from "#policy";
import type { Records } from "#audit";
import type { Loaded } from "../load.ts";
import type { Workplace } from "../pr/open-request.ts";
import { runUrl } from "../pr/report-request.ts";
import type { RunOptions } from "../run-approved.ts";
import type { SourceOf } from "./sources.ts";

/** What `waybill apply --on-merge` is asked. */
export interface MergeRequest extends RunOptions {
  readonly registriesFile: string | undefined;
  readonly restrictPaths?: boolean | undefined;
  readonly channel: string | undefined;
  readonly deep: boolean;
  /** Which of several Waybills of one repository this is. */
  readonly instance: string;
  readonly record: { readonly actor: string; readonly runId: string };
  /** Shares the record through origin at once, where the job may push. */
  readonly pushRecord: boolean;
  readonly note: (sentence: string) => void;
}

/** What there is to tell after an apply. */
export interface Telling {
  readonly place: Workplace;
  readonly loaded: Loaded;
  readonly records: Records;
  readonly sources: readonly SourceOf[];
  readonly plan: Plan;
  readonly outcome: ApplyOutcome;
  readonly uncovered: readonly UncoveredAction[];
  readonly record: RunRecord | undefined;
  readonly exitCode: number;
}

/** Where a person reads on. */
export function pageOf({ env }: MergeRequest): string | undefined {
  return runUrl(env);
}
