import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import type { Policies } from "#desired";
import type { Channel, Diagnostic, RegistryHost } from "#model";
import { RequestError } from "./request-error.ts";
import type { Revisions } from "./revisions.ts";

/** Who may, under which rules, and which hosts get credentials: always of one revision (promise 11). */
export interface Authority {
  readonly registries: readonly RegistryHost[];
  /** The rules of steps; a channel that the authority does not have yet follows the tree's own rule. */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly diagnostics: readonly Diagnostic[];
  readonly notes: readonly string[];
}

const REGISTRIES = "policies/registries.yaml";
const CHANNELS = "policies/channels.yaml";

/** Reads the authority's policies: of `since`'s commit, else of HEAD, else (no commit yet) of the work tree. */
export async function readAuthority(
  request: { readonly registriesFile?: string | undefined; readonly policies: Policies },
  { git, authority }: Revisions,
): Promise<Authority> {
  const own = request.policies.channels?.channels ?? new Map<string, Channel>();
  const named = await readNamed(request.registriesFile);
  if (git === undefined || authority === undefined) {
    const registries = named?.registries ?? request.policies.registries?.hosts ?? [];
    return { registries, channels: own, diagnostics: named?.diagnostics ?? [], notes: [] };
  }
  const { readPolicies } = await import("#desired");
  const texts = await git.read(authority, [REGISTRIES, CHANNELS]);
  const { policies } = readPolicies([...texts].map(([path, text]) => ({ path, text })));
  const channels = new Map([...own, ...(policies.channels?.channels ?? [])]);
  if (named) return { ...named, channels, notes: [] };
  const differs =
    JSON.stringify(policies.registries?.hosts ?? []) !==
    JSON.stringify(request.policies.registries?.hosts ?? []);
  const note = `${REGISTRIES} differs from commit ${authority.slice(0, 12)}, whose settings are used: commit it, or name it with --registries.`;
  return {
    registries: policies.registries?.hosts ?? [],
    channels,
    diagnostics: [],
    notes: differs ? [note] : [],
  };
}

/** `--registries FILE` replaces the file for one run (contract §2). */
async function readNamed(
  file: string | undefined,
): Promise<Pick<Authority, "registries" | "diagnostics"> | undefined> {
  if (file === undefined) return undefined;
  const { readRegistries } = await import("#desired");
  const text = await readFile(file, "utf8").catch((cause: unknown) => {
    throw new RequestError(
      `${file} cannot be read: ${cause instanceof Error ? cause.message : "no reason given"}.`,
    );
  });
  const { document, diagnostics } = readRegistries({ path: basename(file), text });
  return { registries: document.hosts, diagnostics };
}
