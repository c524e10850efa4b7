import type { Json, ProvenanceRequirement } from "#model";
import {
  findingOf,
  resultOf,
  sortEvidence,
  type Against,
  type Asked,
  type Candidate,
  type Finding,
} from "./candidates.ts";
import { itemsIn, memberAt, textIn } from "./json.ts";
import { isAttestation, predicateOf, statedTime } from "./newest.ts";
import type { TrustQuestion } from "./question.ts";
import { ageLimit, tooOld } from "./age.ts";

const TYPES: ReadonlySet<string> = new Set([
  "https://slsa.dev/provenance/v1",
  "https://slsa.dev/provenance/v0.2",
]);

/** SLSA provenance by a believed builder, of the source that is asked (000-19, 002-38). */
export function judgeProvenance(requirement: ProvenanceRequirement, asked: Asked): Finding {
  const { question } = asked;
  const sorted = sortEvidence(asked, {
    what: "SLSA provenance",
    authorities: requirement.signedBy,
    unsigned: false,
    accepts: isAttestation((type) => TYPES.has(type)),
  });
  const judged = sorted.candidates.map((candidate) => ({
    candidate,
    against: whyNot(requirement, question, candidate),
  }));
  const good = judged.filter(
    ({ candidate, against }) => !candidate.fallen && against === undefined,
  );
  const builders = new Set(good.map(({ candidate }) => builderOf(predicateOf(candidate.fact))));
  return findingOf("provenance", sorted, {
    satisfied: builders.size >= (requirement.reproducibility === "rebuilt" ? 2 : 1),
    results: judged.map(({ candidate, against }) => resultOf(candidate, "condition", against)),
    used: good.map(({ candidate }) => candidate),
    fix: fixOf(requirement, builders.size),
  });
}

function fixOf(requirement: ProvenanceRequirement, builders: number): string {
  const source =
    requirement.sourceRepository === undefined ? "" : ` from ${requirement.sourceRepository}`;
  const again =
    requirement.reproducibility === "rebuilt" && builders === 1
      ? "; a second builder must build the same digest and attest it"
      : "";
  return `build${source} where ${requirement.signedBy.join(" or ")} signs SLSA provenance${again}`;
}

function whyNot(
  requirement: ProvenanceRequirement,
  question: TrustQuestion,
  { fact, check }: Candidate,
): Against | undefined {
  const predicate = predicateOf(fact);
  const source = sourceOf(predicate);
  const extensions = check?.signer?.kind === "keyless" ? check.signer.extensions : {};
  return (
    againstBuilder(requirement, predicate) ??
    againstSource(requirement, source) ??
    againstCertificate(source, extensions) ??
    tooOld(statedTime(predicate ?? null), ageLimit(requirement, question))
  );
}

function againstBuilder(
  { builders, reproducibility }: ProvenanceRequirement,
  predicate: Json | undefined,
): Against | undefined {
  const builder = builderOf(predicate);
  const ids = builders?.map(({ id }) => id);
  if (ids !== undefined && !ids.includes(builder ?? ""))
    return { expected: `builder ${ids.join(" or ")}`, found: builder ?? "no builder" };
  if (reproducibility === "declared" && !isDeclaredReproducible(predicate))
    return { expected: "a build that says it is reproducible", found: "nothing about it" };
  return undefined;
}

function againstSource(
  { sourceRepository }: ProvenanceRequirement,
  { repository }: BuildSource,
): Against | undefined {
  if (sourceRepository === undefined || repositoryOf(sourceRepository) === repository)
    return undefined;
  return { expected: `source ${sourceRepository}`, found: repository ?? "no source" };
}

/** For keyless, the predicate's source and commit are those of the certificate (issue 5 §2). */
function againstCertificate(
  source: BuildSource,
  extensions: Readonly<Record<string, string>>,
): Against | undefined {
  const repository = extensions["sourceRepository"];
  if (repository !== undefined && repositoryOf(repository) !== source.repository)
    return {
      expected: `source ${repository} of the certificate`,
      found: source.repository ?? "no source",
    };
  const commit = extensions["sourceRepositoryDigest"];
  if (commit !== undefined && commit !== source.commit)
    return { expected: `commit ${commit} of the certificate`, found: source.commit ?? "no commit" };
  return undefined;
}

function builderOf(predicate: Json | undefined): string | undefined {
  return (
    textIn(memberAt(predicate, "runDetails", "builder", "id")) ??
    textIn(memberAt(predicate, "builder", "id"))
  );
}

interface BuildSource {
  readonly repository: string | undefined;
  readonly commit: string | undefined;
}

/** The source of a build, in SLSA 1.0's and in 0.2's words. */
function sourceOf(predicate: Json | undefined): BuildSource {
  const workflow = memberAt(predicate, "buildDefinition", "externalParameters", "workflow");
  const named =
    textIn(memberAt(workflow, "repository")) ??
    textIn(memberAt(predicate, "buildDefinition", "externalParameters", "source", "uri")) ??
    textIn(memberAt(predicate, "invocation", "configSource", "uri"));
  const inputs = [
    ...itemsIn(memberAt(predicate, "buildDefinition", "resolvedDependencies")),
    ...itemsIn(memberAt(predicate, "materials")),
  ];
  const repository = repositoryOf(named ?? textIn(memberAt(inputs[0], "uri")) ?? "") || undefined;
  const input = inputs.find(
    (item) => repositoryOf(textIn(memberAt(item, "uri")) ?? "") === repository,
  );
  const digest =
    memberAt(input, "digest") ?? memberAt(predicate, "invocation", "configSource", "digest");
  return {
    repository,
    commit: textIn(memberAt(digest, "gitCommit")) ?? textIn(memberAt(digest, "sha1")),
  };
}

/** A repository's URL without `git+`, reference, `.git` and trailing slash. */
function repositoryOf(uri: string): string {
  const [base = ""] = uri.replace(/^git\+/, "").split(/@(?=refs\/|[0-9a-f]{40}$)|[?#]/);
  return base.replace(/\/+$/, "").replace(/\.git$/, "");
}

function isDeclaredReproducible(predicate: Json | undefined): boolean {
  return (
    memberAt(predicate, "metadata", "reproducible") === true ||
    memberAt(predicate, "runDetails", "metadata", "reproducible") === true
  );
}
