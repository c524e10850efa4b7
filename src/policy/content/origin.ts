import type { EvidenceFact, Origin } from "#model";
import { memberAt, textIn } from "../trust/json.ts";
import { predicateOf } from "../trust/newest.ts";
import type { ReadVersion } from "./compare-content.ts";

const SOURCE = "org.opencontainers.image.source";
const REVISION = "org.opencontainers.image.revision";
const URL_OF_IMAGE = "org.opencontainers.image.url";

/** Addresses longer than any that is an address. */
const LONGEST = 300;

/** Where the runs of known CI systems are: an image's `url` may as well be its home page. */
const IS_RUN = /\/(?:actions\/runs|-\/(?:pipelines|jobs)|pipelines|builds?|job)\/[^/]/;

/**
 * Where a version says that it was made: annotations and labels of its own (001-05, 002-28), and the run from the SLSA
 * provenance that is attached. Foreign words, of which only addresses of https are kept; undefined where nothing was read.
 */
export function originOf({ image, evidence }: ReadVersion): Origin | undefined {
  if (image.kind === "unknown") return undefined;
  const { annotations } = image.value;
  const url = address(annotations.get(URL_OF_IMAGE));
  return {
    repositoryUrl: address(annotations.get(SOURCE))?.replace(/(?:\.git)?\/?$/, ""),
    commit: annotations.get(REVISION)?.slice(0, 128),
    runUrl: runIn(evidence.facts) ?? (url !== undefined && IS_RUN.test(url) ? url : undefined),
  };
}

function address(text: string | undefined): string | undefined {
  return text !== undefined && text.length <= LONGEST && /^https:\/\/[^\s/@]+(?:\/\S*)?$/.test(text)
    ? text
    : undefined;
}

/** Provenance of somebody whom the policy names first. */
function runIn(facts: readonly EvidenceFact[]): string | undefined {
  const runs = facts.flatMap((fact) => {
    const predicate = predicateOf(fact);
    const said = address(
      textIn(memberAt(predicate, "runDetails", "metadata", "invocationId")) ??
        textIn(memberAt(predicate, "metadata", "buildInvocationId")),
    );
    const isVouched = fact.checks.some(({ outcome }) => outcome === "pass");
    return said === undefined ? [] : [{ said, isVouched }];
  });
  return (runs.find(({ isVouched }) => isVouched) ?? runs[0])?.said;
}
