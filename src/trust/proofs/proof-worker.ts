/** The thread that proves beside the first one: jobs come in, answers go out, and nothing else is touched. */
import { parentPort } from "node:worker_threads";
import type { VerifyingAuthority } from "../authority.ts";
import { authorityFrom, doJob, type ProofJob } from "./proof-job.ts";

const authorities = new Map<string, VerifyingAuthority>();

parentPort?.on("message", (job: ProofJob) => {
  parentPort?.postMessage(doJob(job, authorityOf(job)), []);
});

function authorityOf({ basis, recipe }: ProofJob): VerifyingAuthority {
  const known = authorities.get(basis);
  if (known !== undefined) return known;
  if (recipe === undefined) throw new Error("a job under an authority that nobody described");
  const made = authorityFrom(recipe);
  authorities.set(basis, made);
  return made;
}
