import type { Diagnostic } from "#model";
import { flawsOf, withoutEchoes } from "./diagnostics.ts";
import { channelsOf, type ChannelsDocument } from "./documents/channels.ts";
import { ownersOf, type OwnersDocument } from "./documents/owners.ts";
import { artifactOfPath, promotionOf, type PromotionDocument } from "./documents/promotion.ts";
import { registriesOf, type RegistriesDocument } from "./documents/registries.ts";
import { revocationsOf, type RevocationsDocument } from "./documents/revocations.ts";
import { sitesOf, type SitesDocument } from "./documents/sites.ts";
import { trustOf, type TrustDocument } from "./documents/trust.ts";
import { POLICY_FILES } from "./files/paths.ts";
import type { Policies } from "./resolve/context.ts";
import { checkSource, type PathRules } from "./rules/addresses.ts";
import { checkChannels } from "./rules/channels.ts";
import { checkFileName } from "./rules/file-name.ts";
import { checkOwners } from "./rules/owners.ts";
import { checkPins } from "./rules/pins.ts";
import { checkRegistries, checkSites } from "./rules/policies.ts";
import { checkRevocations } from "./rules/revocations.ts";
import { checkTrust } from "./rules/trust.ts";
import { checkChannelItems, checkDigests, checkFrom, checkVersions } from "./rules/versions.ts";
import type { FileKind } from "./schema/schemas.ts";
import { checkSchema } from "./schema/validate.ts";
import { readYaml, type SourceFile } from "./yaml/read.ts";
import { nodeAt, type YamlTree } from "./yaml/tree.ts";

/** Promotion files, typed as far as they could be understood, and all that is wrong with each by itself. */
export interface PromotionsReading {
  /** Sorted as the files were given. */
  readonly documents: readonly PromotionDocument[];
  readonly diagnostics: readonly Diagnostic[];
}

/** The policy files that are there, typed, and all that is wrong with each by itself. */
export interface PoliciesReading {
  readonly policies: Policies;
  readonly diagnostics: readonly Diagnostic[];
}

const LENIENT_PATHS: PathRules = { restrictPaths: false };

/** Reads the files `promotions/<project>/<name>.yaml`; files of any other path are left to others. */
export function readPromotions(
  files: readonly SourceFile[],
  rules: PathRules = LENIENT_PATHS,
): PromotionsReading {
  const documents: PromotionDocument[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const file of files) {
    if (artifactOfPath(file.path) === undefined || file.symlink === "outside") continue;
    const { tree, mistakes, judge } = readFile(file, "Promotion");
    const document = promotionOf(tree, { text: file.text, mistakes });
    documents.push(document);
    diagnostics.push(...mistakes, ...judge(() => checkPromotion(document, rules)));
  }
  return { documents, diagnostics };
}

/** What a promotion file says wrong by itself, beside its form. */
function checkPromotion(document: PromotionDocument, rules: PathRules): readonly Diagnostic[] {
  const { tree, artifact } = document;
  const source = nodeAt(tree.root, ["artifact", "source", "repository"]);
  return [
    ...checkFileName(document),
    ...(source === undefined ? [] : checkSource(tree, source, artifact.sourceType, rules)),
    ...checkVersions(document),
    ...checkDigests(document),
    ...checkFrom(document),
    ...checkChannelItems(document),
    ...checkPins(document),
  ];
}

/** Reads the policy files among the files; what is not there is undefined (contract §2: a policy file may be absent). */
export function readPolicies(
  files: readonly SourceFile[],
  rules: PathRules = LENIENT_PATHS,
): PoliciesReading {
  const sites = fileAt(files, POLICY_FILES.sites).map((file) => readSites(file, rules));
  const channels = fileAt(files, POLICY_FILES.channels).map(readChannels);
  const registries = fileAt(files, POLICY_FILES.registries).map((file) =>
    readRegistries(file, rules),
  );
  const trust = fileAt(files, POLICY_FILES.trust).map(readTrust);
  const revocations = fileAt(files, POLICY_FILES.revocations).map(readRevocations);
  const owners = fileAt(files, POLICY_FILES.owners).map(readOwners);
  return {
    policies: {
      sites: sites[0]?.document,
      channels: channels[0]?.document,
      registries: registries[0]?.document,
      trust: trust[0]?.document,
      revocations: revocations[0]?.document,
      owners: owners[0]?.document,
    },
    diagnostics: [
      ...sites,
      ...channels,
      ...registries,
      ...trust,
      ...revocations,
      ...owners,
    ].flatMap(({ diagnostics }) => diagnostics),
  };
}

function fileAt(files: readonly SourceFile[], path: string): readonly SourceFile[] {
  return files.filter((file) => file.path === path && file.symlink !== "outside").slice(0, 1);
}

/** One policy file, typed, and all that is wrong with it by itself. */
export interface DocumentReading<Document> {
  readonly document: Document;
  readonly diagnostics: readonly Diagnostic[];
}

function readSites(file: SourceFile, rules: PathRules): DocumentReading<SitesDocument> {
  const { tree, mistakes, judge } = readFile(file, "Sites");
  const document = sitesOf(tree);
  return { document, diagnostics: [...mistakes, ...judge(() => checkSites(document, rules))] };
}

function readChannels(file: SourceFile): DocumentReading<ChannelsDocument> {
  const { tree, mistakes, judge } = readFile(file, "Channels");
  const document = channelsOf(tree);
  return { document, diagnostics: [...mistakes, ...judge(() => checkChannels(document))] };
}

function readTrust(file: SourceFile): DocumentReading<TrustDocument> {
  const { tree, mistakes, judge } = readFile(file, "Trust");
  const document = trustOf(tree);
  return { document, diagnostics: [...mistakes, ...judge(() => checkTrust(document))] };
}

function readRevocations(file: SourceFile): DocumentReading<RevocationsDocument> {
  const { tree, mistakes, judge } = readFile(file, "Revocations");
  const document = revocationsOf(tree);
  return { document, diagnostics: [...mistakes, ...judge(() => checkRevocations(document))] };
}

function readOwners(file: SourceFile): DocumentReading<OwnersDocument> {
  const { tree, mistakes, judge } = readFile(file, "Owners");
  const document = ownersOf(tree);
  return { document, diagnostics: [...mistakes, ...judge(() => checkOwners(document))] };
}

/** Reads `policies/registries.yaml`, or the file of `--registries`, whatever its path is. */
export function readRegistries(
  file: SourceFile,
  rules: PathRules = LENIENT_PATHS,
): DocumentReading<RegistriesDocument> {
  const { tree, mistakes, judge } = readFile(file, "Registries");
  const document = registriesOf(tree);
  return { document, diagnostics: [...mistakes, ...judge(() => checkRegistries(document, rules))] };
}

interface FileReading {
  readonly tree: YamlTree;
  /** What is wrong with the file's YAML and form. */
  readonly mistakes: readonly Diagnostic[];
  /** Asks the rules for what the file says, where it can be judged at all, and drops what only follows from a mistake. */
  readonly judge: (rules: () => readonly Diagnostic[]) => readonly Diagnostic[];
}

/** Mistakes that leave too little of a file to judge the rest of it. */
const NOT_YAML: ReadonlySet<string> = new Set(["yaml-syntax", "yaml-too-deep", "file-too-large"]);

function readFile(file: SourceFile, kind: FileKind): FileReading {
  const { tree, diagnostics } = readYaml(file);
  if (diagnostics.some(({ code }) => NOT_YAML.has(code))) {
    return { tree, mistakes: diagnostics, judge: () => [] };
  }
  const form = withoutEchoes(flawsOf(diagnostics), checkSchema(kind, tree));
  const mistakes = [...diagnostics, ...form];
  return { tree, mistakes, judge: (rules) => withoutEchoes(flawsOf(mistakes), rules()) };
}
