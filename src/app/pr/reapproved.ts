import {
  isDigest,
  OPS,
  parseAddress,
  repositoryAt,
  type Action,
  type ActionKey,
  type Change,
} from "#model";
import type { Difference } from "./difference.ts";

/** Each line of a commit's message that asks for one action again. */
const TRAILER = /^Waybill-Reapprove: (\{.*\})$/gm;
const MOST = 500;
/** The one channel of kpromo's manifests. */
const THIN = "kpromo";

/** The trailers with which a commit that changes no file asks for actions again; git keeps them under review. */
export function reapproveTrailers(actions: readonly Action[]): readonly string[] {
  return actions.slice(0, MOST).map(({ op, artifact, version, digest, channel, site, to, tag }) => {
    const key = { op, artifact, version, digest, channel, site, to, tag };
    return `Waybill-Reapprove: ${JSON.stringify(key)}`;
  });
}

/**
 * What a pull request of `waybill reapprove` asks for: nothing that its files change, and what its head's message names,
 * under the same owners and channels as a change of those artifacts' files (issue 6 §4). Undefined: it is none.
 */
export function reapprovedIn(message: string, difference: Difference): Difference | undefined {
  if (difference.files.length > 0) return undefined;
  const keys = [...message.matchAll(TRAILER)].slice(0, MOST).flatMap(([, text = ""]) => read(text));
  if (keys.length === 0) return undefined;
  const changes = keys.flatMap((key) => changeOf(key));
  const artifacts = Map.groupBy(changes, ({ artifact }) => artifact);
  const files = [...artifacts].flatMap(([artifact, own]) => {
    const channels = own.flatMap((change) => ("channel" in change ? [change.channel] : []));
    const about = { artifacts: [artifact], kinds: undefined, channels: [...new Set(channels)] };
    return homesOf(artifact, about.channels).map((path) => ({ path, ...about }));
  });
  return { files, changes, rules: difference.rules };
}

/** The files whose owners are asked; of a thin manifest, each that could speak of an image of that name. */
function homesOf(artifact: string, channels: readonly string[]): readonly string[] {
  const promoted = channels.every((channel) => channel === THIN)
    ? []
    : [`promotions/${artifact}.yaml`];
  if (!channels.includes(THIN)) return promoted;
  const parts = artifact.split("/").slice(0, -1);
  const folders = parts.map((_, index) => parts.slice(0, index + 1).join("/"));
  return [...promoted, ...folders.map((folder) => `images/${folder}/images.yaml`)];
}

type Key = Omit<ActionKey, "expect">;

function read(text: string): readonly Key[] {
  const value = parsed(text);
  const [op, digest, to] = [member(value, "op"), member(value, "digest"), member(value, "to")];
  const known = OPS.find((each) => each === op);
  const address = to === undefined ? "" : parseAddress(to);
  if (known === undefined || digest === undefined || !isDigest(digest)) return [];
  if (typeof address === "string") return [];
  const [artifact, version] = [member(value, "artifact"), member(value, "version")];
  const [channel, site] = [member(value, "channel"), member(value, "site")];
  if (artifact === undefined || version === undefined) return [];
  if (channel === undefined || site === undefined) return [];
  const where = { artifact, version, digest, channel, site, to: repositoryAt(address) };
  return [{ op: known, ...where, tag: member(value, "tag") ?? null }];
}

function member(value: unknown, name: string): string | undefined {
  if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
  const found: unknown = Reflect.get(value, name);
  return typeof found === "string" ? found : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The change of files that would have asked for the action. */
function changeOf(key: Key): readonly Change[] {
  const { op, artifact, version, digest, channel, site, to, tag } = key;
  if (version === null || digest === null || channel === null || site === null) return [];
  const where = { artifact, version, digest, channel, site, to };
  const tags = tag === null ? [] : [tag];
  switch (op) {
    case "copy":
    case "attest":
      return [{ kind: "enters", ...where, tags }];
    case "tag":
      return [
        { kind: "enters", ...where, tags },
        { kind: "moves", ...where, tag: tag ?? "", before: undefined },
      ];
    case "untag":
    case "delete":
      return [{ kind: "leaves", ...where, tags }];
  }
}
