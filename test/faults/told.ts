import type { Printed } from "../support/real/in-process.ts";
import type { World } from "./world.ts";

/**
 * What a run told of what is wrong, line by line and once each: what failed or was blocked and why, warnings, and the
 * sentence of a run that had no result. Ports, digests and folders, which differ from run to run, have names here.
 */
export function told(world: World, { stdout, stderr }: Printed): readonly string[] {
  const lines = [...linesOf(stdout).filter(isTrouble), ...linesOf(stderr).filter(isSentence)];
  return [...new Set(lines.map((line) => named(world, line.trim())))];
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

/** In results and plans: the mark of trouble, and what is indented under it. */
function isTrouble(line: string): boolean {
  return /^\s+! |^ {6}\S|^\S+:\d+:\d+: |^ {4}to do:/u.test(line) && !/^ {6}\+ /u.test(line);
}

/** Beside the result: all but what is no trouble. */
function isSentence(line: string): boolean {
  return /^(?:waybill|warning|note): |^ {2}to do:/u.test(line) && !line.includes("first commit");
}

function named({ source, target, repository }: World, line: string): string {
  const names: readonly (readonly [string, string])[] = [
    [repository.root, "."],
    [source.blobHost, "storage.example.com"],
    [source.host, "registry.example.com:5000"],
    [target.host, "oslo.example.com:5000"],
    [target.tokenHost, "token.example.com"],
  ];
  const known = names.reduce((text, [from, to]) => text.replaceAll(from, to), line);
  return known
    .replaceAll(/(sha256[:-])[0-9a-f]{64}/gu, "$1…")
    .replaceAll(/127\.0\.0\.1:\d{4,}/gu, "127.0.0.1:PORT");
}
