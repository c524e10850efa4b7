import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { MergeAnswer } from "#app";
import { keepHeapSmall } from "../heap.ts";
import { startProgress } from "../progress-line.ts";
import { UsageError, type Context } from "../options.ts";
import { sayNote } from "../speak.ts";
import { VERSION } from "../version.ts";
import { runOf, signingOf, type ApplyOptions } from "./apply-options.ts";
import { sayAnswer, sayEvent } from "./say-apply.ts";

/** `apply --on-merge`: the approval is the merge's, and nobody is asked (issue 6 §4). */
export async function runMerge(
  context: Context,
  options: ApplyOptions,
  signal: AbortSignal,
): Promise<number> {
  const others = [options.yes, options.plan, options.all, options.since, options.allowDirty];
  if (others.some((option) => option !== undefined))
    throw new UsageError("--on-merge takes its scope and its approval from what was merged");
  if (options.record === false) throw new UsageError("--on-merge always keeps a record");
  keepHeapSmall();
  const { applyMerge } = await import("#app");
  const { root, registriesFile, restrictPaths, shell } = context;
  const progress = startProgress(context);
  try {
    const answer = await applyMerge(
      {
        root,
        registriesFile,
        restrictPaths,
        env: shell.env,
        now: () => shell.now(),
        channel: options.channel,
        deep: options.deep ?? false,
        instance: options.id ?? "waybill",
        record: runOf(context),
        pushRecord: options.pushRecord ?? false,
        signing: { ...signingOf(options), folder: shell.folder, toolVersion: VERSION },
        emit: (event) => {
          progress.show(event);
          sayEvent(context, progress, event);
        },
        note: (sentence) => sayNote(context, `note: ${sentence}`),
      },
      signal,
    );
    progress.end();
    return await sayMerge(context, options, answer);
  } finally {
    progress.end();
  }
}

async function sayMerge(
  context: Context,
  { recordOut }: ApplyOptions,
  answer: MergeAnswer,
): Promise<number> {
  switch (answer.kind) {
    case "stale":
    case "superseded":
      sayNote(context, answer.sentence);
      return answer.exitCode;
    case "invalid":
      return sayAnswer(context, answer);
    case "applied": {
      if (recordOut !== undefined && answer.recordLine !== undefined)
        await writeFile(resolve(context.shell.folder, recordOut), `${answer.recordLine}\n`);
      return sayAnswer(context, answer);
    }
  }
}
