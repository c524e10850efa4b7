/**
 * `npm run demo:pr`: a promotion by pull request, whole, on one machine: the pull request, its check, the comment in its
 * three states, the approval, the merge, what is applied, and the record. The GitHub is this machine's own, over real
 * HTTP, with a real bare repository; the stores are OCI layouts. Every command is printed, and really run.
 * `--comments DIR` keeps the comment's three states as files.
 */
import { cpSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { landed, type Landed } from "./example/landed.ts";
import { publish, type Published } from "./example/content.ts";
import { onForgeStage, type Desk, type ForgeStage } from "./demo/forge-stage.ts";
import { paymentsFiles } from "./demo/payments.ts";
import { releaseOf } from "./demo/release.ts";
import { repository, title } from "./demo/stage.ts";
import { makePair } from "../test/support/signing.ts";

const { values: asked } = parseArgs({ options: { comments: { type: "string" } } });

const VERSION = "payments/api@v1.4.2";
const NUMBER = 1;
const CHECK = "check.json";
const RECORD = "record.json";

/** What the acts below have in common. */
interface Played extends ForgeStage {
  readonly older: Published;
  readonly newer: Published;
  /** The job of the check, without any token. */
  readonly plan: Desk;
  /** Jobs that speak with GitHub, each with the rights that its workflow asks for. */
  readonly report: Desk;
  readonly apply: Desk;
  readonly share: Desk;
}

async function demo(stage: ForgeStage): Promise<void> {
  const played = await begin(stage);
  await propose(played);
  await check(played);
  await approve(played);
  await merge(played);
  await lookBack(played);
}

/** v1.4.1 is in prod, v1.4.2 in staging. */
async function begin(stage: ForgeStage): Promise<Played> {
  title(
    "payments/api: v1.4.1 is in prod, v1.4.2 in staging; prod asks for a signature, an SBOM, a scan, and alice",
  );
  const { github, stores, signal } = stage;
  const key = makePair();
  const older = releaseOf(
    {
      version: "v1.4.1",
      commit: "1f0c2d3e4b5a69788796a5b4c3d2e1f001122334",
      user: "root",
      packages: { openssl: "3.0.15", zlib: "1.3.1", "node-fetch": "2.7.0" },
      vulnerabilities: { "CVE-2026-1111": "HIGH", "CVE-2026-2222": "LOW" },
    },
    key,
  );
  const newer = releaseOf(
    {
      version: "v1.4.2",
      commit: "5c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a7b8c9d",
      user: "10001",
      packages: { openssl: "3.0.16", zlib: "1.3.1", undici: "8.12.4" },
      vulnerabilities: { "CVE-2026-2222": "LOW" },
    },
    key,
  );
  const source = repository("oci-layout:./builds/payments-api");
  for (const release of [older, newer]) await publish(stores, source, release, signal);
  github.collaborator("alice", "admin");
  github.collaborator("bob", "write");
  const files = paymentsFiles(key.pem, [
    { version: "v1.4.1", digest: older.built.digest, channels: ["staging", "prod"] },
    { version: "v1.4.2", digest: newer.built.digest, channels: ["staging"] },
  ]);
  await github.push({ branch: "main", by: "alice", files, message: "payments/api" });
  const played = { ...stage, older, newer, ...desksOf(stage) };
  await checkOut(played.plan, "refs/heads/main", { isFirst: true, from: github.remote() });
  await played.plan.cli(0, "apply", "--yes", "--quiet", "--no-record");
  return played;
}

/** Each job gets the token that GitHub would make for its `permissions`. */
function desksOf({
  github,
  desk,
}: ForgeStage): Pick<Played, "plan" | "report" | "apply" | "share"> {
  const reading = { contents: "read", pull_requests: "write", actions: "read" } as const;
  const applying = { ...reading, issues: "write", deployments: "write", checks: "read" } as const;
  const push = { GITHUB_ACTOR: "alice", GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" };
  const job = { GITHUB_ACTIONS: "true", GITHUB_RUN_ID: "7" };
  return {
    plan: desk("runner", { ...job, GITHUB_STEP_SUMMARY: "summary.md", GITHUB_OUTPUT: "outputs" }),
    report: desk("runner", { ...job, ...github.env(github.actionsToken(reading)) }),
    apply: desk("runner", { ...job, ...push, ...github.env(github.actionsToken(applying)) }),
    share: desk("runner", { ...job, ...github.env(github.actionsToken({ contents: "write" })) }),
  };
}

/** As the checkout step of a job: the commit that it is about, and no branch. */
async function checkOut(
  { git }: Desk,
  reference: string,
  { isFirst, from }: { readonly isFirst: boolean; readonly from: string },
): Promise<void> {
  if (isFirst) {
    await git("init", "-q", "-b", "main");
    await git("remote", "add", "origin", from);
  }
  await git("fetch", "-q", "origin", "+refs/heads/*:refs/remotes/origin/*", reference);
  await git("fetch", "-q", "origin", reference);
  await git("checkout", "-q", "--detach", "FETCH_HEAD");
}

async function propose({ github, desk, runner }: Played): Promise<void> {
  title("1. bob, an engineer, asks for prod: one command, one changed line, one pull request");
  const token = github.userToken("bob");
  const bob = desk("bob", { ...github.env(token), GITHUB_ACTOR: "bob" });
  await bob.git("clone", "-q", github.remote(), ".");
  // Folders stand for registries here, and bob can read those that the runner can.
  for (const stores of ["builds", "sites"])
    cpSync(join(runner, stores), join(bob.folder, stores), { recursive: true });
  await bob.cli(0, "promote", VERSION, "--to", "prod", "--pr");
  const { title: named, body, head } = github.pull(NUMBER);
  console.log(`pull request ${NUMBER}: ${named}\n${body}\n`);
  await bob.git("fetch", "-q", "origin", head.branch);
  await bob.run("git", "diff", "--no-color", "-U0", "HEAD", "FETCH_HEAD");
}

async function check(played: Played): Promise<void> {
  const { github, plan, report } = played;
  title(
    "2. The check, as its job runs it: the merge result, without a token; then the job of the comment",
  );
  const reference = `refs/pull/${NUMBER}/merge`;
  await checkOut(plan, reference, { isFirst: false, from: github.remote() });
  await plan.cli(0, "plan", "--format", "github", "--out", CHECK);
  const outputs = readFileSync(join(plan.folder, "outputs"), "utf8");
  for (const [, name, , value] of outputs.matchAll(/^([a-z-]+)<<(\S+)\n(.*)\n\2$/gm))
    console.log(`output ${name}: ${value}`);
  console.log(
    `summary: ${readFileSync(join(plan.folder, "summary.md"), "utf8").split("\n", 1)[0]}\n`,
  );
  await report.cli(0, "pr", "report", "--plan", CHECK, "--pr", String(NUMBER));
  await report.cli(4, "approval", "--pr", String(NUMBER));
  show(played, "waits for approval", "still needed");
}

async function approve(played: Played): Promise<void> {
  const { github, report } = played;
  title("3. alice, who owns promotions/payments, reviews and approves");
  github.review(NUMBER, { by: "alice" });
  await report.cli(0, "approval", "--pr", String(NUMBER));
  await report.cli(0, "pr", "report", "--plan", CHECK, "--pr", String(NUMBER));
  show(played, "approved", "Approvals: complete");
}

async function merge(played: Played): Promise<void> {
  const { github, apply, share } = played;
  title(
    "4. alice merges; the push to main applies what was approved, and one more job keeps the record",
  );
  await github.merge(NUMBER, { by: "alice", method: "squash" });
  await checkOut(apply, "refs/heads/main", { isFirst: false, from: github.remote() });
  await apply.cli(0, "apply", "--on-merge", "--quiet", "--record-out", RECORD);
  show(played, "merged", "Merged and done");
  for (const { environment, statuses } of github.repository().deployments.values())
    console.log(`deployment ${environment}: ${statuses.map(({ state }) => state).join(", ")}`);
  console.log();
  await share.cli(0, "record", "--push", RECORD);
}

async function lookBack({
  github,
  plan,
  desk,
  stores,
  signal,
  newer,
  older,
}: Played): Promise<void> {
  title("5. Anybody reads the record from git; a plan finds nothing to do; and the stores hold it");
  const anybody = desk("anybody", {});
  await anybody.git("clone", "-q", github.remote(), ".");
  await anybody.git("fetch", "-q", "origin", "refs/notes/waybill:refs/notes/waybill");
  const note = await anybody.run("git", "notes", "--ref", "waybill", "show", "HEAD");
  const again = await plan.cli(0, "plan", "--deep", "--detailed-exitcode");
  const found: Landed[] = [];
  for (const site of ["oslo", "bergen"]) {
    const at = repository(`oci-layout:./sites/${site}/payments/api`);
    const read = await landed(stores.read(at), signal);
    if (read) found.push(read);
  }
  for (const { repository: at, tags, manifests, blobs, referrers } of found)
    console.log(
      `  ${at}: ${tags.join(", ")}; ${manifests} manifests, ${blobs} blobs, ${referrers} referrers, all hashes right`,
    );
  const isRight = found.every(
    ({ digests, referrers }) =>
      digests.get("v1.4.2") === newer.built.digest &&
      digests.get("stable") === newer.built.digest &&
      digests.get("v1.4.1") === older.built.digest &&
      referrers >= 6,
  );
  if (found.length !== 2 || !isRight) throw new Error("the stores do not hold what was merged");
  if (!note.includes('"login":"alice"')) throw new Error("the record does not say who approved");
  if (!again.includes("Nothing to do")) throw new Error("something was left to do");
  console.log(
    "\nProved: one approved line brought v1.4.2 with its evidence to both sites; one comment said so before, between and after; the record in git says who approved; the next plan found nothing to do.",
  );
}

/** Prints the comment as it stands, of which there is one, and keeps it where that was asked for. */
function show({ github }: Played, state: string, sentence: string): void {
  const [comment, ...others] = [...github.repository().comments.values()];
  if (comment === undefined || others.length > 0) throw new Error("there is not one comment");
  if (!comment.body.includes(sentence)) throw new Error(`the comment does not say: ${sentence}`);
  console.log(`--- the comment, now: ${state} ---\n${comment.body}\n---\n`);
  if (asked.comments === undefined) return;
  mkdirSync(asked.comments, { recursive: true });
  writeFileSync(join(asked.comments, `${state.replaceAll(" ", "-")}.md`), comment.body);
}

await onForgeStage(demo);
