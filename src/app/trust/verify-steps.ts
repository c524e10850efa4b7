import {
  KINDS,
  parseArtifactRef,
  selectLine,
  type ArtifactRef,
  type DesiredArtifact,
  type DesiredState,
  type Digest,
  type Kind,
  type Repository,
  type VersionLine,
} from "#model";
import type { ReadStores } from "#stores";
import { checkChannel } from "../channel-named.ts";
import { RequestError } from "../request-error.ts";
import type { TrustStep } from "./decide-steps.ts";
import { referenceNamed, type Reference } from "./reference.ts";
import { stepsOf } from "./steps-of.ts";

/** What `waybill verify` is asked about. */
export interface VerifyTarget {
  readonly root: string;
  readonly folder: string;
  /** REF or ARTIFACT, as typed; undefined with `all` alone. */
  readonly target: string | undefined;
  readonly all: boolean;
  readonly channel: string | undefined;
  /** What a REF is that no promotion holds. */
  readonly project: string | undefined;
  readonly name: string | undefined;
  readonly kind: string | undefined;
}

/** The steps that are asked about, and the one repository to look at where a REF names it. */
export interface VerifySteps {
  readonly steps: readonly TrustStep[];
  readonly at: Repository | undefined;
  readonly desired: DesiredState;
}

/** Finds what is asked about: all, one artifact or version, or what a REF names; a tag is resolved once, now. */
export async function verifySteps(
  request: VerifyTarget,
  desired: DesiredState,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<VerifySteps> {
  const { target, channel, all } = request;
  if (channel !== undefined) checkChannel(desired, channel);
  if (target === undefined) {
    if (!all) throw new RequestError("verify needs a REF, an ARTIFACT or --all.");
    const steps = desired.artifacts.flatMap((artifact) =>
      artifact.lines
        .filter(({ state }) => state !== "retired")
        .flatMap((line) => listedIn(artifact, line, { desired, channel })),
    );
    return { steps, at: undefined, desired };
  }
  const ref = parseArtifactRef(target);
  return typeof ref === "string"
    ? stepsOfReference(
        request,
        { desired, reference: referenceNamed(target, request) },
        stores,
        signal,
      )
    : { steps: stepsOfArtifact(ref, request, desired), at: undefined, desired };
}

/** With `--all --channel C`: only what is in C; asking about one version asks about any channel. */
function listedIn(
  artifact: DesiredArtifact,
  line: VersionLine,
  { desired, channel }: { readonly desired: DesiredState; readonly channel: string | undefined },
): readonly TrustStep[] {
  const steps = stepsOf(artifact, line, { desired, channel: undefined });
  return steps.filter((step) => channel === undefined || step.channel.name === channel);
}

function stepsOfArtifact(
  ref: ArtifactRef,
  { channel, all }: VerifyTarget,
  desired: DesiredState,
): readonly TrustStep[] {
  const id = `${ref.project}/${ref.name}`;
  const artifact = artifactOf(id, desired);
  if (ref.selector !== undefined) {
    const line = lineOf(artifact, ref.selector);
    const steps = stepsOf(artifact, line, { desired, channel });
    if (steps.length > 0) return steps;
    throw new RequestError(
      `${id} ${line.version} is in no channel, so that no channel's rules apply.`,
      "ask about one with --channel CHANNEL",
    );
  }
  return artifact.lines
    .filter(({ state }) => all || state !== "retired")
    .flatMap((line) => stepsOf(artifact, line, { desired, channel }));
}

/** An artifact by its id; one that no file lists is a RequestError. */
export function artifactOf(id: string, { artifacts }: DesiredState): DesiredArtifact {
  const found = artifacts.find((artifact) => artifact.id === id);
  if (found !== undefined) return found;
  throw new RequestError(
    `No promotion file lists ${id}.`,
    `waybill register ${id}@VERSION --digest DIGEST writes it`,
  );
}

/** The line of a selector; none or several are a RequestError (contract §1). */
export function lineOf({ id, lines }: DesiredArtifact, selector: string): VersionLine {
  const selection = selectLine(lines, selector);
  switch (selection.kind) {
    case "line":
      return selection.line;
    case "none": {
      const known = lines.map(({ version }) => version).join(", ");
      throw new RequestError(
        `${id} has no version ${selector}.`,
        known === "" ? undefined : `it has ${known}`,
      );
    }
    case "ambiguous": {
      const could = selection.candidates.map(({ version, digest }) => `${version} (${digest})`);
      throw new RequestError(
        `${selector} could be any of ${could.join(", ")}.`,
        "write the version, or more of the digest",
      );
    }
  }
}

interface Asked {
  readonly desired: DesiredState;
  readonly reference: Reference;
}

async function stepsOfReference(
  request: VerifyTarget,
  { desired, reference }: Asked,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<VerifySteps> {
  const { repository } = reference;
  const digest = reference.digest ?? (await resolved(reference, stores, signal));
  const held = holders(digest, request, desired);
  const found = held.length > 0 ? held : [unlisted(request, { ...reference, digest })];
  const steps = found.flatMap(({ artifact, line }) =>
    stepsOf(artifact, line, { desired, channel: request.channel }),
  );
  if (steps.length > 0) return { steps, at: repository, desired };
  throw new RequestError(
    `${digest} is in no channel, so that no channel's rules apply.`,
    "ask about one with --channel CHANNEL",
  );
}

interface Holder {
  readonly artifact: DesiredArtifact;
  readonly line: VersionLine;
}

/** The lines of the promotions that hold a digest, of the project and name that were said. */
function holders(
  digest: Digest,
  { project, name, kind }: VerifyTarget,
  { artifacts }: DesiredState,
): readonly Holder[] {
  return artifacts
    .filter(
      (artifact) =>
        (project ?? artifact.project) === artifact.project &&
        (name ?? artifact.name) === artifact.name &&
        (kind ?? artifact.kind) === artifact.kind,
    )
    .flatMap((artifact) =>
      artifact.lines
        .filter((line) => line.digest === digest)
        .map((line): Holder => ({ artifact, line })),
    );
}

/** What no promotion holds yet: what it is must be said, because rules ask it. */
function unlisted(
  { project, name, kind }: VerifyTarget,
  { repository, digest, tag }: Reference & { readonly digest: Digest },
): Holder {
  if (project === undefined || name === undefined || kind === undefined)
    throw new RequestError(
      `No promotion holds ${digest}, so it is not known which artifact ${repository} is.`,
      "say --project PROJECT --name NAME --kind KIND, and --channel CHANNEL",
    );
  const at = { file: "", line: 1, column: 1 };
  const line: VersionLine = {
    version: tag ?? digest,
    digest,
    state: undefined,
    reason: undefined,
    from: undefined,
    channels: [],
    at,
  };
  const artifact: DesiredArtifact = {
    id: `${project}/${name}`,
    project,
    name,
    kind: kindNamed(kind),
    origin: "promotion",
    sourceType: "oci",
    source: repository,
    lines: [line],
    pins: new Map(),
    places: [],
    at,
  };
  return { artifact, line };
}

function kindNamed(text: string): Kind {
  const kind = KINDS.find((known) => known === text);
  if (kind !== undefined) return kind;
  throw new RequestError(`There is no kind ${text}.`, `one of ${KINDS.join(", ")}`);
}

async function resolved(
  { repository, tag = "" }: Reference,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<Digest> {
  const found = await stores.read(repository).head(tag, signal);
  if (found !== undefined) return found.digest;
  throw new RequestError(`${repository} has no tag ${tag}.`, "name the digest, or another tag");
}
