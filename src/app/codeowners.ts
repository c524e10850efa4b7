import { hasErrors, type Diagnostic } from "#model";
import { load } from "./load.ts";
import { RequestError } from "./request-error.ts";

/** What `waybill owners --codeowners` is asked. */
export interface CodeownersRequest {
  readonly root: string;
  readonly restrictPaths?: boolean | undefined;
}

/** The text of a CODEOWNERS; or all that is wrong with the policies. */
export type CodeownersAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: "written";
      readonly text: string;
      readonly diagnostics: readonly Diagnostic[];
    };

/** `waybill owners --codeowners`: what the work tree's owners.yaml says, in the forge's own format; no network (issue 6 §3). */
export async function writeCodeowners(
  request: CodeownersRequest,
  signal: AbortSignal,
): Promise<CodeownersAnswer> {
  const loaded = await load(request, signal);
  if (hasErrors(loaded.diagnostics)) return { kind: "invalid", diagnostics: loaded.diagnostics };
  const [{ readPolicies }, { codeowners }] = await Promise.all([
    import("#desired"),
    import("#report"),
  ]);
  const { owners, channels } = readPolicies(loaded.files).policies;
  if (owners === undefined)
    throw new RequestError(
      "There is no policies/owners.yaml.",
      "write one, with groups and owners",
    );
  const text = codeowners(owners.owners, channels?.channels ?? new Map());
  return { kind: "written", text, diagnostics: loaded.diagnostics };
}
