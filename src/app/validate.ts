import { hasErrors, type Diagnostic } from "#model";
import { load, type Loaded } from "./load.ts";

/** What `waybill validate` is asked. */
export interface ValidateRequest {
  readonly root: string;
  readonly base: string | undefined;
  readonly restrictPaths?: boolean | undefined;
}

/** Every mistake at once, and what was looked at. */
export interface ValidateAnswer {
  readonly diagnostics: readonly Diagnostic[];
  readonly notes: readonly string[];
  readonly summary: string;
  readonly exitCode: 0 | 2;
}

/** `waybill validate`: schema, cross-file rules, and steps since the base; it reads no network (contract §4). */
export async function validate(
  request: ValidateRequest,
  signal: AbortSignal,
): Promise<ValidateAnswer> {
  const loaded = await load(request, signal);
  const { diagnostics, notes } = loaded;
  return {
    diagnostics,
    notes,
    summary: summaryOf(loaded),
    exitCode: hasErrors(diagnostics) ? 2 : 0,
  };
}

function summaryOf({ files, desired, revisions }: Loaded): string {
  const versions = desired.artifacts.reduce((sum, artifact) => sum + artifact.lines.length, 0);
  const base = revisions.base === undefined ? "" : `, compared with ${revisions.base.slice(0, 12)}`;
  return `Checked ${files.length} files: ${desired.artifacts.length} artifacts, ${versions} versions${base}`;
}
