import type { DoctorFinding } from "#model";
import type { BranchRules } from "#scm";
import { CHECKS } from "../init/workflows/workflow.ts";
import { change, fine, isSo } from "./finding.ts";

/** What the rules of the default branch have to say, so that an approval is worth what it says (issue 6 §3). */
export function branchFindings(branch: string, rules: BranchRules): readonly DoctorFinding[] {
  return [
    ...requestFindings(branch, rules),
    ...CHECKS.map((name) => checkFinding(branch, name, rules)),
    isSo("merge-order", rules.hasQueue || rules.isStrict, {
      yes: rules.hasQueue
        ? "A merge queue plans each merge anew."
        : "A branch has to be up to date before its merge.",
      no: `Two pull requests that pass apart may be merged into ${branch} without a look at both.`,
      toDo: "use a merge queue, or require branches to be up to date",
    }),
    isSo("history", rules.forbidsForcePush && rules.forbidsDeletion, {
      yes: `${branch} cannot be pushed over or deleted.`,
      no: `${branch} can be pushed over or deleted, and with it what was approved.`,
      toDo: "block force pushes and restrict deletions",
    }),
  ];
}

function requestFindings(branch: string, { pullRequest }: BranchRules): readonly DoctorFinding[] {
  if (pullRequest === undefined)
    return [
      change(
        "pull-request",
        `Anybody who may write can push to ${branch} without a pull request; such a commit covers nothing.`,
        "require a pull request before merging, with an approval",
      ),
    ];
  const { approvals, dismissesStale, lastPushApproval, codeOwners } = pullRequest;
  return [
    isSo("pull-request", approvals > 0, {
      yes: `${branch} takes pull requests only, with ${approvals} approval${approvals === 1 ? "" : "s"}.`,
      no: `${branch} takes pull requests that nobody approved.`,
      toDo: "require at least one approval",
    }),
    isSo("stale-approvals", dismissesStale && lastPushApproval, {
      yes: "A push takes earlier approvals back, and its own author does not count.",
      no: "An approval may stand for commits that came after it.",
      toDo: "dismiss stale approvals on a push, and require approval of the most recent push",
    }),
    isSo("code-owners", codeOwners, {
      yes: "Code owners are asked.",
      no: "CODEOWNERS asks nobody.",
      toDo: "require review from code owners; waybill owners --codeowners writes the file",
    }),
  ];
}

function checkFinding(branch: string, name: string, { checks }: BranchRules): DoctorFinding {
  const found = checks.filter((check) => check.name === name);
  const code = `required-${name.replace("waybill / ", "")}`;
  if (found.length === 0)
    return change(code, `${branch} does not require the check ${name}.`, `require ${name}`);
  const isBound = found.every(({ app }) => app !== undefined);
  if (isBound) return fine(code, `${branch} requires ${name}, from one App.`);
  return change(
    code,
    `Any token that may set a status can report ${name}.`,
    "choose GitHub Actions, or your App, as the source of the check",
  );
}
