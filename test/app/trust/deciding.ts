import { trustStepKey, type Repository, type TrustDecision } from "#model";
import { load, type Loaded } from "../../../src/app/load.ts";
import { openRunStores } from "../../../src/app/make-plan.ts";
import { decideSteps, stepName } from "../../../src/app/trust/decide-steps.ts";
import { trustOf } from "../../../src/app/trust/no-policy.ts";
import { stepsOf } from "../../../src/app/trust/steps-of.ts";
import type { Workspace } from "../../support/workspace.ts";
import { calm, NOW } from "../run.ts";

/** How a test asks. */
export interface Asking {
  readonly channel?: string;
  readonly version?: string;
  readonly since?: string;
  readonly at?: Repository;
  readonly now?: Date;
  readonly name?: string;
}

/** Reads the promotions repository as every verb does. */
export function loaded(
  { root }: Pick<Workspace, "root">,
  { since, now = NOW }: Asking = {},
): Promise<Loaded> {
  return load({ root, since, now }, calm());
}

/** What is decided about one version of `payments/api` in one channel, `prod` unless the test says otherwise. */
export async function decided(
  workspace: Pick<Workspace, "root">,
  asking: Asking = {},
): Promise<TrustDecision> {
  const { channel = "prod", version = "v1.0.0", at, now = NOW, name = "api" } = asking;
  const read = await loaded(workspace, asking);
  const { root } = workspace;
  const stores = await openRunStores(read, { root, env: {} });
  try {
    const artifact = read.desired.artifacts.find(({ id }) => id === `payments/${name}`);
    const line = artifact?.lines.find((item) => item.version === version);
    if (artifact === undefined || line === undefined) throw new Error("no such version");
    const { desired } = read;
    const [step] = stepsOf(artifact, line, { desired, channel });
    if (step === undefined) throw new Error("no such channel");
    const options = { desired, stores, now, ...(at && { at }) };
    const decisions = await decideSteps([step], trustOf(read), options, calm());
    const decision = decisions.get(trustStepKey(stepName(step)));
    if (decision === undefined) throw new Error("nothing was decided");
    return decision;
  } finally {
    await stores.close();
  }
}

/** What is decided about every step of everything, in one go. */
export async function decidedAll(
  workspace: Pick<Workspace, "root">,
): Promise<readonly TrustDecision[]> {
  const read = await loaded(workspace);
  const { desired } = read;
  const stores = await openRunStores(read, { root: workspace.root, env: {} });
  try {
    const steps = desired.artifacts.flatMap((artifact) =>
      artifact.lines.flatMap((line) => stepsOf(artifact, line, { desired, channel: undefined })),
    );
    const options = { desired, stores, now: NOW };
    return [...(await decideSteps(steps, trustOf(read), options, calm())).values()];
  } finally {
    await stores.close();
  }
}

/** `refuse failed_verification trust.signature`. */
export function verdictOf({ result, reasons }: TrustDecision): string {
  return [result.decision, result.trust, ...new Set(reasons.map(({ code }) => code))].join(" ");
}
