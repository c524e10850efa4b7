import type { RegistryAnswer } from "../call.ts";
import { ERROR_BODY_CAP, registryWords } from "../http/error-words.ts";

const DIGESTS = /sha(?:256:[0-9a-f]{64}|512:[0-9a-f]{128})\b/g;
/** Most digests that are repeated of an error. */
const MAX_DIGESTS = 5;

/** An answer that is no success, read. */
export interface Problem {
  readonly status: number;
  /** The registry's own codes (distribution-spec, "Error Codes"), as it wrote them. */
  readonly codes: readonly string[];
  /** What it says, fit for one line. */
  readonly text: string;
  /** Digests that it names, in its text or beside it. */
  readonly digests: readonly string[];
}

/** Reads the body of an answer that is no success. */
export async function readProblem(answer: RegistryAnswer): Promise<Problem> {
  const body = new TextDecoder().decode(await answer.bytes(ERROR_BODY_CAP));
  const words = registryWords(body);
  const texts = words.map(({ message }) => message).filter((message) => message !== "");
  return {
    status: answer.status,
    codes: words.map(({ code }) => code),
    text: [...new Set(texts)].join("; "),
    digests: [...new Set(body.match(DIGESTS))].slice(0, MAX_DIGESTS),
  };
}
