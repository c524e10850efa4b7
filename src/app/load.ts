import { stat } from "node:fs/promises";
import type { Policies, PromotionDocument, SourceFile } from "#desired";
import type { Channel, DesiredState, Diagnostic, Owners, RegistryHost } from "#model";
import { readAuthority, type Authority } from "./authority.ts";
import { readBaseState, type BaseState } from "./base-state.ts";
import { compareWithBase } from "./compare-with-base.ts";
import { targetsOf } from "./read-files.ts";
import { codeOf, isAbsent } from "./file-errors.ts";
import { readTree, type TreeRequest } from "./read-tree.ts";
import { RequestError } from "./request-error.ts";
import { findRevisions, type RevisionRequest, type Revisions } from "./revisions.ts";
import { readTrust, type TrustContext } from "./trust/context.ts";

/** What a use case needs of the promotions repository. */
export interface LoadRequest extends RevisionRequest, TreeRequest {
  readonly registriesFile?: string | undefined;
  /** As of when ages in policies are told; now where not given. */
  readonly now?: (() => Date) | Date | undefined;
  /** A later commit, whose revocations hold as well. */
  readonly later?: string | undefined;
}

/** A promotions repository, read: what it says, and everything that is wrong with it. */
export interface Loaded {
  readonly files: readonly SourceFile[];
  readonly documents: readonly PromotionDocument[];
  readonly desired: DesiredState;
  readonly diagnostics: readonly Diagnostic[];
  /** The authority's registries (promise 11), or the file of `--registries`. */
  readonly registries: readonly RegistryHost[];
  /** The certificate authorities of `registries`, as git has them at the same revision. */
  readonly certificates: Authority["certificates"];
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
  const overlay = request.overlay?.path;
  const [tree, revisions] = await Promise.all([
    readTree(request, signal),
    findRevisions({ ...request, edited: overlay !== undefined }, signal),
  ]);
  const { files, documents, desired, policies, linked } = tree;
  const behind = await targetsOf(request.root, files);
  const authority = await readAuthority({ ...request, policies }, revisions);
  const { channels, registries, certificates } = authority;
  const trust = await readTrust(
    {
      git: revisions.git,
      revision: revisions.authority,
      reading: authority.reading,
      channels,
      own: { policies, files },
      later: await laterPolicies(request.later, revisions),
      now: timeOf(request.now),
    },
    signal,
  );
  const base = await compareWithBase(tree, { revisions, channels, overlay });
  const { diagnostics } = tree;
  return {
    files,
    documents,
    desired,
    diagnostics: [...diagnostics, ...authority.diagnostics, ...trust.diagnostics, ...base],
    registries,
    certificates,
    ownRegistries: policies.registries?.hosts ?? [],
    revisions: await withTargets(revisions, behind),
    channels: authority.channels,
    owners: authority.reading.policies.owners?.owners,
    trust: trust.context,
    before: await readBaseState({ revisions, policies, linked }),
    notes: [...revisions.notes, ...authority.notes, ...emptiness(desired)],
  };
}

async function laterPolicies(
  later: string | undefined,
  { git }: Revisions,
): Promise<Policies | undefined> {
  if (later === undefined || git === undefined) return undefined;
  const { readPolicies } = await import("#desired");
  const texts = await git.read(later, ["policies/revocations.yaml"]);
  return readPolicies([...texts].map(([path, text]) => ({ path, text }))).policies;
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

async function checkFolder(root: string): Promise<void> {
  const found = await stat(root).catch((error: unknown) => {
    if (isAbsent(error)) return undefined;
    throw new RequestError(
      `The folder ${root} cannot be looked at (${codeOf(error)}).`,
      "make it and the folders above it readable",
    );
  });
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
