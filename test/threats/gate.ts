import { image, seed, type Built } from "../support/images.ts";
import type { Pair } from "../support/signing.ts";
import { promotion, versionLine } from "../support/workspace.ts";
import { signatureOf, type TrustWorkspace } from "../support/trust-workspace.ts";
import { planned } from "../app/run.ts";

/** What a plan says of prod: `copy`, `tag` and so on where it lets the version in, else why not. */
export async function gate(
  workspace: Pick<TrustWorkspace, "root">,
  over: NonNullable<Parameters<typeof planned>[1]> = {},
): Promise<readonly string[]> {
  const { plan } = await planned(workspace, over);
  const blocked = plan.blocked
    .filter(({ channel }) => channel === "prod")
    .map(({ code, verdict }) => `${verdict ?? "blocked"} ${code}`);
  const done = plan.actions
    .filter(({ channel, destructive }) => channel === "prod" && !destructive)
    .map(({ op }) => op);
  return [...new Set([...blocked, ...done])].toSorted();
}

/** What a plan says that lets the version into prod. */
export const LET_IN: readonly string[] = ["copy", "tag"];

/** Puts a signature by somebody beside the workspace's image at its source. */
export function sign({ app, from }: TrustWorkspace, by: Pair): Built {
  const signature = signatureOf(app, by);
  seed(from, signature);
  return signature;
}

/** Another version of another artifact, at a source of its own, in dev and prod. */
export function another(
  { source }: TrustWorkspace,
  {
    project = "payments",
    name = "other",
    built = image({ seed: name }),
  }: {
    readonly project?: string;
    readonly name?: string;
    readonly built?: Built;
  } = {},
): { readonly built: Built; readonly files: Readonly<Record<string, string>> } {
  const repository = source.repository(`staging/${name}`);
  seed(repository, built, ["v1.0.0"]);
  const text = promotion(name, versionLine("v1.0.0", built, "channels: [dev, prod]")).replace(
    "project: payments",
    `project: ${project}`,
  );
  return { built, files: { [`promotions/${project}/${name}.yaml`]: text } };
}
