import { readFile } from "node:fs/promises";
import { basename, isAbsolute, join, normalize } from "node:path";
import type { Policies, PoliciesReading } from "#desired";
import type { Channel, Diagnostic, RegistryHost } from "#model";
import { RequestError } from "./request-error.ts";
import type { Revisions } from "./revisions.ts";

/** Who may, under which rules, and which hosts get credentials: always of one revision (promise 11). */
export interface Authority {
  readonly registries: readonly RegistryHost[];
  /** What the `caFile`s of `registries` hold at that revision, by absolute path; undefined: git has none. */
  readonly certificates: ReadonlyMap<string, string | undefined>;
  /** The rules of steps; a channel that the authority does not have yet follows the tree's own rule. */
  readonly channels: ReadonlyMap<string, Channel>;
  /** All policies of the revision that can be read by themselves, for trust. */
  readonly reading: PoliciesReading;
  readonly diagnostics: readonly Diagnostic[];
  readonly notes: readonly string[];
}

const REGISTRIES = "policies/registries.yaml";
const CHANNELS = "policies/channels.yaml";
const READ = [
  REGISTRIES,
  CHANNELS,
  "policies/owners.yaml",
  "policies/trust.yaml",
  "policies/revocations.yaml",
];

/** What the authority is taken from. */
export interface AuthorityRequest {
  readonly root: string;
  readonly registriesFile?: string | undefined;
  /** The work tree's own policies. */
  readonly policies: Policies;
}

/** Reads the authority's policies: of `since`'s commit, else of HEAD, else (no commit yet) of the work tree. */
export async function readAuthority(
  request: AuthorityRequest,
  revisions: Revisions,
): Promise<Authority> {
  const reading = await policiesAt(revisions, request.policies);
  const { policies } = reading;
  const channels = new Map([...rulesOf(request.policies), ...rulesOf(policies)]);
  const named = await readNamed(request.registriesFile);
  if (named) return { ...named, certificates: new Map(), channels, reading, notes: [] };
  const notes = differenceOf(policies, request.policies, revisions);
  const registries = hostsOf(policies);
  const certificates = await certificatesOf(registries, request.root, revisions);
  return { registries, certificates, channels, reading, diagnostics: [], notes };
}

async function policiesAt({ git, authority }: Revisions, own: Policies): Promise<PoliciesReading> {
  if (git === undefined || authority === undefined) return { policies: own, diagnostics: [] };
  const { readPolicies } = await import("#desired");
  const texts = await git.read(authority, READ);
  return readPolicies([...texts].map(([path, text]) => ({ path, text })));
}

/** Who vouches for a host is as much authority as its credentials: read where the policies are. */
async function certificatesOf(
  hosts: readonly RegistryHost[],
  root: string,
  { git, authority }: Revisions,
): Promise<ReadonlyMap<string, string | undefined>> {
  const named = hosts.flatMap(({ caFile }) => (isInside(caFile) ? [caFile] : []));
  if (git === undefined || authority === undefined || named.length === 0) return new Map();
  const texts = await git.read(authority, named.map(normalize));
  return new Map(named.map((file) => [join(root, file), texts.get(normalize(file))]));
}

/** A path elsewhere on the machine is its operator's own. */
function isInside(caFile: string | undefined): caFile is string {
  return caFile !== undefined && !isAbsolute(caFile) && !normalize(caFile).startsWith("..");
}

function rulesOf({ channels }: Policies): ReadonlyMap<string, Channel> {
  return channels?.channels ?? new Map<string, Channel>();
}

function hostsOf({ registries }: Policies): readonly RegistryHost[] {
  return registries?.hosts ?? [];
}

function differenceOf(
  policies: Policies,
  own: Policies,
  { authority }: Revisions,
): readonly string[] {
  if (JSON.stringify(hostsOf(policies)) === JSON.stringify(hostsOf(own))) return [];
  const commit = (authority ?? "").slice(0, 12);
  return [
    `${REGISTRIES} differs from commit ${commit}, whose settings are used: commit it, or name it with --registries.`,
  ];
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
