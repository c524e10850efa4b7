import { deflateRawSync, inflateRawSync } from "node:zlib";
import type { PlanStatement } from "#model";
import type { CheckRun, Forge } from "#scm";

/** GitHub takes 65,535 characters; words of ours may stand beside it. */
const MOST_TEXT = 65_000;
/** Of a plan of some ten thousand actions; more is no statement of ours. */
const MOST_BYTES = 16 * 1024 * 1024;
const PLAIN = /^```json\n([^`]*)\n```$/;
const PACKED = /^```waybill-statement\n([A-Za-z0-9+/=\n]*)\n```$/;

/**
 * A statement as the text of a check run (issue 6 §3): as it is where it fits, else packed. Undefined: not even that
 * fits, and half a statement is none; what takes away then needs a smaller pull request.
 */
export function statementInCheck(statement: string): string | undefined {
  const plain = `\`\`\`json\n${statement}\n\`\`\``;
  if (plain.length <= MOST_TEXT && !statement.includes("`")) return plain;
  const lines =
    deflateRawSync(statement, { level: 9 })
      .toString("base64")
      .match(/.{1,76}/g) ?? [];
  const packed = `\`\`\`waybill-statement\n${lines.join("\n")}\n\`\`\``;
  return packed.length <= MOST_TEXT ? packed : undefined;
}

/** Which check runs hold statements. */
export interface StatementChecks {
  readonly forge: Pick<Forge, "checks">;
  readonly head: string;
  /** The check that our App reports plans by. */
  readonly name: string;
  /** Our own App, by its number: anybody who may write checks can take its name. */
  readonly app: number;
}

/** Every statement that our own App made for a head, with the times that the forge says. */
export async function statementsInChecks(
  { forge, head, name, app }: StatementChecks,
  signal: AbortSignal,
): Promise<readonly PlanStatement[]> {
  const { parseStatement } = await import("#policy");
  const runs = await forge.checks.history(head, name, signal);
  return runs.flatMap((run) => {
    const text = isOurs(run, { head, name, app }) ? statementTextIn(run.text ?? "") : undefined;
    const statement = text === undefined ? undefined : parseStatement(text);
    // A statement that a reviewer could see is one of a check that has ended.
    if (statement?.head !== head || run.completedAt === undefined) return [];
    return [{ ...statement, at: run.completedAt }];
  });
}

function isOurs(
  run: CheckRun,
  { head, name, app }: Pick<StatementChecks, "head" | "name" | "app">,
): boolean {
  return run.app?.id === app && run.name === name && run.commit === head;
}

function statementTextIn(text: string): string | undefined {
  const body = text.replaceAll("\r\n", "\n").trim();
  const [, plain] = PLAIN.exec(body) ?? [];
  if (plain !== undefined) return plain;
  const [, packed] = PACKED.exec(body) ?? [];
  return packed === undefined ? undefined : unpacked(Buffer.from(packed, "base64"));
}

/** Undefined: it is not packed as we pack. */
function unpacked(bytes: Uint8Array): string | undefined {
  try {
    return inflateRawSync(bytes, { maxOutputLength: MOST_BYTES }).toString("utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}
