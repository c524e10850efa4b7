import type { DesiredArtifact, VersionLine } from "#model";
import type { versionBefore as VersionBefore } from "#policy";
import { load } from "../load.ts";
import { openRunStores } from "../make-plan.ts";
import { gatherNotes, type NotesQuestion } from "../notes/gather-notes.ts";
import { sourceForges } from "../notes/source-forges.ts";
import type { FileFlow } from "./flow.ts";
import type { Environment } from "./forge.ts";

/** What a pull request changes, and the promotions repository as it would be. */
export interface TellQuestion {
  readonly root: string;
  /** Where layouts of relative paths lie: the person's own folder, and not the copy that is edited. */
  readonly storesRoot: string;
  readonly env: Environment;
  readonly files: readonly FileFlow[];
}

/** Of more versions at once nobody reads the notes, and each costs requests. */
const TOLD_AT_MOST = 5;
/** A body has room for 65,536 characters. */
const CHARACTERS = 40_000;

/**
 * Tells of each version that a pull request registers or moves on what it was made from, what testers should try and what
 * it brings, in Markdown (002-07, 002-23, 002-63). What cannot be read is said; nothing stops the pull request.
 */
export async function tellVersions(
  { root, storesRoot, env, files }: TellQuestion,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const gains = await gainsOf(files);
  if (gains.length === 0) return [];
  const request = { root, env, restrictPaths: env["GITHUB_ACTIONS"] === "true" };
  const loaded = await load(request, signal);
  const { versionBefore } = await import("#policy");
  const order = [...loaded.desired.channels.keys()];
  const questions = gains.flatMap(({ id, version, channels }) => {
    const artifact = loaded.desired.artifacts.find((one) => one.id === id);
    const line = artifact?.lines.find((one) => one.version === version);
    if (artifact === undefined || line === undefined) return [];
    const sorted = channels.toSorted((a, b) => order.indexOf(b) - order.indexOf(a));
    return questionsOf({ artifact, line, channels: sorted }, versionBefore);
  });
  const stores = await openRunStores(loaded, { ...request, root: storesRoot });
  try {
    const reading = { stores, forges: await sourceForges({ root, env }, signal) };
    const { notesMarkdown } = await import("#report");
    const told: string[] = [];
    const room = Math.floor(CHARACTERS / Math.min(questions.length, TOLD_AT_MOST));
    for (const question of questions.slice(0, TOLD_AT_MOST))
      told.push(notesMarkdown(await gatherNotes(question, reading, signal), room));
    const more = questions.length - TOLD_AT_MOST;
    return more > 0 ? [...told, `_and ${more} more: \`waybill notes\` tells them_\n`] : told;
  } finally {
    await stores.close();
  }
}

interface Gain {
  readonly id: string;
  readonly version: string;
  /** Empty: it is registered. */
  readonly channels: readonly string[];
}

/** Lines that are new, or gain channels. */
async function gainsOf(files: readonly FileFlow[]): Promise<readonly Gain[]> {
  const { readBase } = await import("#desired");
  return files
    .filter(({ path }) => path.startsWith("promotions/"))
    .flatMap(({ path, before, after }) => {
      const [was, is] = [before, after].map((text) =>
        text === undefined ? [] : (readBase([{ path, text }], []).documents[0]?.lines ?? []),
      );
      const id = path.slice("promotions/".length).replace(/\.yaml$/, "");
      return (is ?? []).flatMap(({ version, channels }) => {
        const old = was?.find((line) => line.version === version);
        const held = new Set(old?.channels.map(({ channel }) => channel));
        const gained = channels.map(({ channel }) => channel).filter((name) => !held.has(name));
        return old === undefined || gained.length > 0 ? [{ id, version, channels: gained }] : [];
      });
    });
}

interface Entering {
  readonly artifact: DesiredArtifact;
  readonly line: VersionLine;
  /** The last of their order first. */
  readonly channels: readonly string[];
}

/** One for each version that it is compared with: two channels with the same version before it tell the same. */
function questionsOf(
  { artifact, line, channels }: Entering,
  versionBefore: typeof VersionBefore,
): readonly NotesQuestion[] {
  const questions = new Map<string | undefined, NotesQuestion>();
  for (const channel of channels.length === 0 ? [undefined] : channels) {
    const against = versionBefore({ lines: artifact.lines, line, channel });
    if (!questions.has(against?.version))
      questions.set(against?.version, { artifact, line, channel, against });
  }
  return [...questions.values()];
}
