import type { Action, ApprovedPlan, Digest, Repository } from "#model";

/**
 * All that a plan does with one digest in one repository: its copy, our statements about it, and its tags. The unit of work, so that a manifest
 * can be written straight under its tags (promise 4).
 */
export interface Job {
  readonly to: Repository;
  readonly digest: Digest;
  readonly copy: Action | undefined;
  readonly tags: readonly Action[];
  /** Our statements about it, a channel each. */
  readonly attests: readonly Action[];
}

/** Groups the actions of a plan into jobs, those with the most bytes first. */
export function jobsOf(actions: ApprovedPlan["actions"]): readonly Job[] {
  const groups = Map.groupBy(actions, (action) => `${action.to}@${action.digest}`);
  const jobs = [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const copy = group.find((action) => action.op === "copy");
    const tags = group.filter((action) => action.op === "tag");
    const attests = group.filter((action) => action.op === "attest");
    const job = { to: first.to, digest: first.digest, copy, tags, attests };
    return actionsOf(job).length > 0 ? [job] : [];
  });
  return jobs.toSorted((a, b) => (b.copy?.bytes ?? 0) - (a.copy?.bytes ?? 0));
}

/** Every action of a job, in the order in which it is done. */
export function actionsOf(job: Job): readonly Action[] {
  return [...(job.copy ? [job.copy] : []), ...job.attests, ...job.tags];
}
