import {
  compareText,
  type RequiresResult,
  type TrustDecision,
  type TrustReason,
  type TrustState,
  type Verdict,
} from "#model";
import { commandsFor } from "./commands.ts";
import { explain } from "./explain.ts";
import { judgeGeneral } from "./general.ts";
import { judgeRule, type RuleFinding } from "./judge-rule.ts";
import { rulesFor } from "./match.ts";
import type { TrustQuestion } from "./question.ts";
import { reasonOfRequires, reasonsOfRule } from "./reasons.ts";
import { judgeRequires } from "./requires.ts";
import { judgeRevocation, type Revokedness } from "./revoked.ts";

/**
 * Decides whether one digest may be at one channel and environment: from evidence, policy, revocations and time alone
 * (issue 5 §1, §2). Pure: the same question always has the same answer.
 */
export function decideTrust(question: TrustQuestion): TrustDecision {
  const revoked = judgeRevocation(question);
  const findings = rulesFor(question).map((rule) => judgeRule(question, rule));
  const trust = stateOf(revoked, findings);
  const rules = findings.map(({ result }) => result);
  const general = judgeGeneral(question, revoked);
  const asked = judgeRequires(question, { trust, rules });
  const reasons = [
    ...general.flatMap(({ reason }) => reason ?? []),
    ...rules.flatMap(reasonsOfRule),
    ...asked.rows.flatMap((row) => reasonOfRequires(row, question, rules) ?? []),
  ];
  const decision = verdictOf(reasons);
  const rows: readonly RequiresResult[] = [...general.map(({ row }) => row), ...asked.rows];
  const enforced = findings.filter(({ result }) => result.mode === "enforce");
  const used = enforced.flatMap((finding) => finding.used.map(({ digest }) => digest));
  const notBefore = lacksOnlySoak(reasons) ? asked.notBefore : undefined;
  const isLet = decision === "allow" || decision === "warn" || notBefore !== undefined;
  return {
    result: {
      artifact: question.artifact.id,
      version: question.version,
      digest: question.digest,
      channel: question.channel.name,
      ...(question.environment === undefined ? {} : { environment: question.environment }),
      lifecycle: question.lifecycle,
      trust,
      decision,
      rules,
      requires: rows,
      commands: commandsFor(question),
    },
    reasons,
    explanation: explain(question, { trust, decision, reasons, rules }),
    admittedBy: isLet ? [...new Set(used)].toSorted(compareText) : [],
    notBefore,
    exceptions: [...new Set(findings.flatMap(({ exceptions }) => exceptions))].toSorted(
      compareText,
    ),
  };
}

/**
 * The trust of a digest (003-09…13): revoked beats everything; verified needs an enforce rule, and all that apply to
 * pass; what a listed authority made and that is not enough has failed; all else is unverified.
 */
function stateOf(revoked: Revokedness, findings: readonly RuleFinding[]): TrustState {
  if (revoked.kind === "revoked") return "revoked";
  const enforced = findings.filter(({ result }) => result.mode === "enforce");
  if (enforced.length === 0 || revoked.kind === "unknown") return "unverified";
  if (enforced.every(({ result }) => result.outcome === "pass")) return "verified";
  const failed = enforced.some(({ result }) => result.outcome === "fail");
  return failed && enforced.some(({ attempted }) => attempted)
    ? "failed_verification"
    : "unverified";
}

function verdictOf(reasons: readonly TrustReason[]): Verdict {
  const verdicts = new Set(reasons.map(({ verdict }) => verdict));
  if (verdicts.has("refuse")) return "refuse";
  if (verdicts.has("unknown")) return "unknown";
  return verdicts.has("warn") ? "warn" : "allow";
}

function lacksOnlySoak(reasons: readonly TrustReason[]): boolean {
  return reasons.every(({ code, verdict }) => verdict === "warn" || code === "requires.soak");
}
