import { stat } from "node:fs/promises";
import type { Policies, PromotionDocument, SourceFile } from "#desired";
import type {
  Channel,
  DesiredArtifact,
  DesiredState,
  Diagnostic,
  Owners,
  RegistryHost,
} from "#model";
import { readAuthority } from "./authority.ts";
import { readBaseState, type BaseState } from "./base-state.ts";
import { readFiles, targetsOf } from "./read-files.ts";
import { RequestError } from "./request-error.ts";
import { findRevisions, type RevisionRequest, type Revisions } from "./revisions.ts";
import { compareTrustWithBase } from "./trust/compare-with-base.ts";
import { readTrust, type TrustContext } from "./trust/context.ts";
import { TRUST_FILES } from "./trust/policy-files.ts";

/** What a use case needs of the promotions repository. */
export interface LoadRequest extends RevisionRequest {
  readonly registriesFile?: string | undefined;
  /** In the action: paths that are absolute or leave the root are refused (contract §1). */
  readonly restrictPaths?: boolean | undefined;
  /** A file as an edit would leave it, in place of the one that is there. */
  readonly overlay?: SourceFile | undefined;
  /** As of when ages in policies are told; now where not given. */
  readonly now?: (() => Date) | Date | undefined;
}

/** A promotions repository, read: what it says, and everything that is wrong with it. */
export interface Loaded {
  readonly files: readonly SourceFile[];
  readonly documents: readonly PromotionDocument[];
  readonly desired: DesiredState;
  readonly diagnostics: readonly Diagnostic[];
  /** The authority's registries (promise 11), or the file of `--registries`. */
  readonly registries: readonly RegistryHost[];
  /** What the tree itself says of registries: it tells what a change of that file affects, and leads nobody anywhere. */
  readonly ownRegistries: readonly RegistryHost[];
  readonly revisions: Revisions;
  /** The rules of channels, and who may: the authority's (promise 11). */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly owners: Owners | undefined;
  /** Whom the authority trusts with what; undefined: nothing is asked (issue 5). */
  readonly trust: TrustContext | undefined;
  /** What git said at `--since`; undefined where everything is in scope. */
  readonly before: BaseState | undefined;
  readonly notes: readonly string[];
}

/** Reads the promotions repository at `root`, compares it with its base, and takes the authority from git. */
export async function load(request: LoadRequest, signal: AbortSignal): Promise<Loaded> {
  await checkFolder(request.root);
  const [found, revisions, rooms] = await Promise.all([
    readFiles(request.root, signal),
    findRevisions({ ...request, edited: request.overlay !== undefined }, signal),
    import("#desired"),
  ]);
  const files = laidOver(found, request.overlay);
  const linked = files.filter(({ symlink }) => symlink === "inside").map(({ path }) => path);
  const behind = await targetsOf(request.root, files);
  const rules = { restrictPaths: request.restrictPaths ?? false };
  const promotions = rooms.readPromotions(files, rules);
  const policies = rooms.readPolicies(files, rules);
  const kpromo = rooms.readKpromo(files);
  const resolution = rooms.resolve({
    promotions: promotions.documents,
    policies: policies.policies,
    kpromo: kpromo.artifacts,
  });
  const authority = await readAuthority({ ...request, policies: policies.policies }, revisions);
  const trust = await readTrust(
    {
      git: revisions.git,
      revision: revisions.authority,
      reading: authority.reading,
      channels: authority.channels,
      own: { policies: policies.policies, files },
      now: timeOf(request.now),
    },
    signal,
  );
  const base = await compareWithBase(
    {
      documents: promotions.documents,
      kpromo: kpromo.artifacts,
      channels: authority.channels,
      policies: policies.policies,
    },
    { ...revisions, overlay: request.overlay?.path, linked },
  );
  return {
    files,
    documents: promotions.documents,
    desired: resolution.desired,
    diagnostics: [
      ...rooms.checkPaths(files),
      ...rooms.checkPrivateKeys(files),
      ...promotions.diagnostics,
      ...policies.diagnostics,
      ...kpromo.diagnostics,
      ...resolution.diagnostics,
      ...authority.diagnostics,
      ...trust.diagnostics,
      ...base,
    ],
    registries: authority.registries,
    ownRegistries: policies.policies.registries?.hosts ?? [],
    revisions: await withTargets(revisions, behind),
    channels: authority.channels,
    owners: authority.reading.policies.owners?.owners,
    trust: trust.context,
    before: await readBaseState({ revisions, policies: policies.policies, linked }),
    notes: [...revisions.notes, ...authority.notes, ...emptiness(resolution.desired)],
  };
}

function timeOf(now: LoadRequest["now"]): Date {
  return typeof now === "function" ? now() : (now ?? new Date());
}

/** A file behind a link is as uncommitted as the link itself would be. */
async function withTargets(revisions: Revisions, behind: readonly string[]): Promise<Revisions> {
  const { git, uncommitted } = revisions;
  if (git === undefined || behind.length === 0) return revisions;
  const more = await git.uncommitted(behind);
  return { ...revisions, uncommitted: [...new Set([...uncommitted, ...more])].toSorted() };
}

function laidOver(
  files: readonly SourceFile[],
  overlay: SourceFile | undefined,
): readonly SourceFile[] {
  return overlay === undefined
    ? files
    : [...files.filter((file) => file.path !== overlay.path), overlay];
}

async function checkFolder(root: string): Promise<void> {
  const found = await stat(root).catch(() => undefined);
  if (found?.isDirectory() !== true)
    throw new RequestError(
      `There is no folder ${root}.`,
      "name the promotions repository with -C DIR",
    );
}

function emptiness(desired: DesiredState): readonly string[] {
  if (desired.artifacts.length > 0) return [];
  return [
    "There is no promotion file here, so there is nothing to do: waybill register writes the first one.",
  ];
}

interface Current {
  readonly documents: readonly PromotionDocument[];
  readonly kpromo: readonly DesiredArtifact[];
  readonly channels: ReadonlyMap<string, Channel>;
  readonly policies: Policies;
}

/** Paths that git's list of changes need not hold, and that are compared all the same. */
interface Unlisted {
  readonly overlay: string | undefined;
  /** Links: what they lead to changes under its own path. */
  readonly linked: readonly string[];
}

/** What may not change against the base, and the steps that were taken since (contract §2). */
async function compareWithBase(
  { documents, kpromo, channels, policies }: Current,
  { git, base, overlay, linked }: Revisions & Unlisted,
): Promise<readonly Diagnostic[]> {
  if (git === undefined || base === undefined) return [];
  const [rooms, { checkSteps }] = await Promise.all([import("#desired"), import("#policy")]);
  const differing = await git.changedSince(base, ["promotions", "images", ...TRUST_FILES]);
  const unlisted = overlay === undefined ? linked : [...linked, overlay];
  const changed = [...new Set([...differing, ...unlisted])];
  if (changed.length === 0) return [];
  const texts = await git.read(base, changed);
  const files = [...texts].map(([path, text]) => ({ path, text }));
  const isChanged = new Set(changed);
  const current = documents.filter((document) => isChanged.has(document.file));
  const before = rooms.readBase(files, current);
  const linesAtBase = new Map(before.documents.map((document) => [document.id, document.lines]));
  const steps = current.map(({ id, lines }) => ({ id, lines, base: linesAtBase.get(id) ?? [] }));
  return [
    ...before.diagnostics,
    ...rooms.compareWithBase({ current, base: before.documents }),
    ...checkSteps(steps, channels),
    ...rooms.checkTagMoves(files, kpromo),
    ...(await compareTrustWithBase(policies, files, changed)),
  ];
}
