import { mkdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { BotRequest } from "./workroom.ts";

/** What was planned for a pull request last, and for which head. */
interface KeptCheck {
  readonly head: string;
  /** The document of `plan --format github --out`. */
  readonly text: string;
}

/** A larger document is not kept: it is only there to answer questions from. */
const MOST_BYTES = 16 * 1024 * 1024;

type Where = Pick<BotRequest, "state" | "repository"> & { readonly pr: number };

function fileOf({ state, repository, pr }: Where): string {
  return join(state, "checks", repository.toLowerCase(), `${pr}.json`);
}

/** Keeps what was planned for a pull request, for `/waybill explain`. */
export async function keepCheck(where: Where, { head, text }: KeptCheck): Promise<void> {
  if (text.length > MOST_BYTES) return;
  const file = fileOf(where);
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await writeFile(`${file}.new`, `${head}\n${text}`, { mode: 0o600 });
  await rename(`${file}.new`, file);
}

/** The document that was planned last; undefined where there is none for this head. */
export async function keptCheck(where: Where, head: string): Promise<string | undefined> {
  const file = fileOf(where);
  const found = await stat(file).catch(() => undefined);
  if (found === undefined || found.size > MOST_BYTES + 100) return undefined;
  const text = await readFile(file, "utf8");
  return text.startsWith(`${head}\n`) ? text.slice(head.length + 1) : undefined;
}

/** Forgets what was planned for a pull request that is no longer open. */
export async function dropCheck(where: Where): Promise<void> {
  await rm(fileOf(where), { force: true });
}
