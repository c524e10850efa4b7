import type { DoctorFinding } from "#model";
import type { EnvironmentSettings } from "#scm";
import { isSo } from "./finding.ts";

/** A channel as far as its environment depends on it. */
export interface ChannelNeeds {
  readonly name: string;
  /** How many people have to approve what enters it. */
  readonly approvals: number;
}

/** The environment of each channel: its own credentials, which no other branch gets (002-50). */
export function environmentFindings(
  environments: readonly EnvironmentSettings[],
  { channels, branch }: { readonly channels: readonly ChannelNeeds[]; readonly branch: string },
): readonly DoctorFinding[] {
  const known = new Map(environments.map((one) => [one.name, one]));
  return channels.flatMap(({ name, approvals }) => {
    const environment = known.get(`waybill-${name}`);
    const check = `environment-${name}`;
    const exists = isSo(check, environment !== undefined, {
      yes: `The environment waybill-${name} is there.`,
      no: `There is no environment waybill-${name}: a run would make one that anybody may deploy to.`,
      toDo: `make it, let only ${branch} deploy to it, and keep the channel's credentials there`,
    });
    if (environment === undefined) return [exists];
    const restricted = isSo(`${check}-branches`, environment.restrictsBranches, {
      yes: `Not every branch may deploy to waybill-${name}.`,
      no: `A workflow on any branch gets the credentials of waybill-${name}.`,
      toDo: `let only ${branch} deploy to it`,
    });
    const guarded = environment.reviewers > 0 && environment.preventsSelfReview;
    const reviewed = isSo(`${check}-reviewers`, guarded, {
      yes: `waybill-${name} waits for a reviewer, who is not who started it.`,
      no: `Nobody else has to say yes before waybill-${name} is written to: two accounts of one person would do.`,
      toDo: "add required reviewers, and prevent self-review",
    });
    return approvals > 1 ? [exists, restricted, reviewed] : [exists, restricted];
  });
}
