import type { Change, ChangedFile, DesiredArtifact } from "#model";
import type { ApprovalRules } from "#policy";
import type { GitRepository, GitTimeline } from "#scm";
import { checkMixed } from "../check/mixed-change.ts";
import { FOLDERS } from "../read-files.ts";
import { saidAt, type SaidAt } from "./said-at.ts";

/** Two commits, and the clone that has them. */
export interface DifferenceRequest {
  readonly git: GitRepository;
  readonly timeline: GitTimeline;
  /** Undefined: before there was anything. */
  readonly before: string | undefined;
  readonly after: string;
  readonly now: Date;
}

/** What changed between two commits, by files and by what they ask for; and who may, at the first (promise 11). */
export interface Difference {
  readonly files: readonly ChangedFile[];
  readonly changes: readonly Change[];
  readonly rules: ApprovalRules;
  /** Whether it grants a right and uses it at once (promise 11). */
  readonly isMixed?: boolean | undefined;
}

/** Tells what a change of the branch asks for, from git alone (issue 6 §3, intent). */
export async function differenceBetween(request: DifferenceRequest): Promise<Difference> {
  const { git, timeline, before, after, now } = request;
  const paths = await timeline.changed(before, after);
  const only = scopeOf(paths);
  const [was, is, { changesBetween, decide }] = await Promise.all([
    saidAt(git, { commit: before, only }),
    saidAt(git, { commit: after, only }),
    import("#policy"),
  ]);
  const artifacts = [...was.desired.artifacts, ...is.desired.artifacts];
  const changes = changesBetween({
    before: { desired: was.desired, decisions: decide({ desired: was.desired, now }) },
    now: { desired: is.desired, decisions: decide({ desired: is.desired, now }) },
    artifacts: new Set(artifacts.map(({ id }) => id)),
  });
  const isMixed = await isMixedIn(request, { paths, is, bootstrap: was.isBare });
  return { files: filesOf(paths, artifacts, changes), changes, rules: rulesOf(was), isMixed };
}

interface MixedQuestion {
  readonly paths: readonly string[];
  readonly is: SaidAt;
  readonly bootstrap: boolean;
}

/** The check of a pull request says so, too; somebody who may merge past a check gains nothing by it. */
async function isMixedIn(
  { git, before, after }: DifferenceRequest,
  { paths, is, bootstrap }: MixedQuestion,
): Promise<boolean> {
  const [promotions = [], kpromo = [], policies = [], workflows = []] = [
    /^promotions\//,
    /^(?:manifests|images)\//,
    /^policies\//,
    /^\.github\//,
  ].map((folder) => paths.filter((path) => folder.test(path)));
  if (before === undefined || policies.length + workflows.length === 0) return false;
  const [then, now] = await Promise.all([git.read(before, policies), git.read(after, policies)]);
  const files = [...now].map(([path, text]) => ({ path, text }));
  const was = new Map([...then].map(([path, text]) => [path, { path, text }]));
  const changed = { promotions, kpromo, policies, workflows, before: was, bootstrap };
  return (await checkMixed(changed, files, is.desired)).length > 0;
}

/** Where a policy or a manifest differs, any promotion may be affected. */
function scopeOf(paths: readonly string[]): ReadonlySet<string> | undefined {
  return paths.some(isWide) ? undefined : new Set(paths);
}

function isWide(path: string): boolean {
  return FOLDERS.some((folder) => folder !== "promotions" && path.startsWith(`${folder}/`));
}

function rulesOf({ policies, isBare }: SaidAt): ApprovalRules {
  return {
    owners: policies.owners?.owners,
    channels: policies.channels?.channels ?? new Map(),
    bootstrap: isBare,
  };
}

/** Each changed file with what it speaks of; policies and manifests have the changes of artifacts whose own files stay as they were. */
function filesOf(
  paths: readonly string[],
  artifacts: readonly DesiredArtifact[],
  changes: readonly Change[],
): readonly ChangedFile[] {
  const changed = new Set(paths);
  const homes = new Map(artifacts.map(({ id, at }) => [id, at.file]));
  const byFile = Map.groupBy(artifacts, ({ at }) => at.file);
  return paths.map((path) => {
    const own = byFile.get(path) ?? [];
    const spoken = changes.filter(({ artifact }) => {
      const home = homes.get(artifact) ?? "";
      return home === path || (isWide(path) && !changed.has(home));
    });
    const channels = spoken.flatMap((change) => ("channel" in change ? [change.channel] : []));
    const kinds = [...new Set(own.map(({ kind }) => kind))];
    return {
      path,
      artifacts: [...new Set(own.map(({ id }) => id))],
      kinds: own.length > 0 ? kinds : undefined,
      channels: [...new Set(channels)].toSorted(),
    };
  });
}

/** Files whose content decides what a change comes to, or who may: a review of others means nothing here. */
export function inScope(paths: readonly string[]): readonly string[] {
  return paths.filter(
    (path) =>
      FOLDERS.some((folder) => path.startsWith(`${folder}/`)) ||
      path.startsWith(".github/") ||
      path.endsWith("CODEOWNERS"),
  );
}
