import type { Requirement, RequirementResult, RuleResult, TrustPolicy, TrustRule } from "#model";
import { count } from "../quantities.ts";
import { whoWords, listed } from "./authority-words.ts";
import type { Gate } from "./gates.ts";
import { requirementWords } from "./requirement-words.ts";
import { byWords, checkWords, isOfAnotherKind, unreadLines } from "./evidence-lines.ts";
import type { Stage, WhyQuestion } from "./why-question.ts";

/** A bill of materials is made where a scan is (001-07). */
const GATE_OF: Readonly<Record<string, Gate>> = {
  signature: "sign",
  sbom: "scan",
  provenance: "build",
  vulnerabilities: "scan",
  attestation: "scan",
};

/** What the rules ask, each with who can supply it: the authorities that the policy names. */
export function askedByRules({ decision, policy, source }: WhyQuestion): readonly Stage[] {
  const { artifact, rules } = decision.result;
  return rules.flatMap((result) => {
    const rule = policy?.rules.find(({ name }) => name === result.rule);
    return result.requirements.map((judged, at) =>
      stageOf(judged, {
        artifact,
        result,
        rule,
        requirement: rule?.require[at],
        policy,
        source: source.repository,
      }),
    );
  });
}

interface Place {
  readonly artifact: string;
  readonly result: RuleResult;
  readonly rule: TrustRule | undefined;
  readonly requirement: Requirement | undefined;
  readonly policy: TrustPolicy | undefined;
  readonly source: string;
}

function stageOf(judged: RequirementResult, place: Place): Stage {
  const { requirement, result, rule, source } = place;
  const on = { index: "", platforms: ", of each platform", all: ", of it and each platform" };
  const words = requirement === undefined ? judged.type : requirementWords(requirement);
  return {
    asked: {
      gate: GATE_OF[judged.type] ?? "scan",
      what: words + on[rule?.coverage ?? "index"],
      by: `rule ${result.rule}`,
      outcome: judged.outcome,
      mode: result.mode,
      found: foundWords(judged),
    },
    who:
      judged.outcome === "unknown"
        ? `whoever lets Waybill read ${source}; then ${whoOf(place)}`
        : whoOf(place),
    fix: judged.fix ?? "",
  };
}

/** The evidence in one line: what counts, else each piece and why it does not. */
function foundWords(judged: RequirementResult): string {
  const [unread] = unreadLines(judged);
  return unread === undefined ? readWords(judged) : `${unread}; otherwise ${readWords(judged)}`;
}

function readWords({ outcome, evidence }: RequirementResult): string {
  if (evidence.length === 0)
    return outcome === "unknown" ? "what there is could not be read" : "nothing about this digest";
  const counting = evidence.filter((item) => item.outcome === "pass");
  const close = evidence.filter((item) => !isOfAnotherKind(item));
  const told = outcome === "pass" && counting.length > 0 ? counting : close;
  if (told.length === 0)
    return `nothing of this kind among ${count(evidence.length, "piece")} of evidence`;
  const by = told.slice(0, SHOWN).map((item) => {
    const who = item.authority === undefined ? "" : `, ${byWords(item)},`;
    const digest = item.digest.slice(item.digest.indexOf(":") + 1).slice(0, 12);
    return item.outcome === "pass"
      ? `${digest} ${byWords(item)}`
      : `${digest}${who} does not count (${checkWords(item)})`;
  });
  const rest = told.length - by.length;
  return `${by.join("; ")}${rest > 0 ? `; and ${rest} more, in waybill verify` : ""}`;
}

const SHOWN = 3;

function whoOf({ requirement, policy, artifact }: Place): string {
  const names = requirement?.signedBy ?? [];
  if (names.length === 0) return `whoever builds ${artifact}`;
  return listed(
    names.map((name) => {
      const authority = policy?.authorities.get(name);
      return authority === undefined ? name : `${name} (${whoWords(authority)})`;
    }),
  );
}
