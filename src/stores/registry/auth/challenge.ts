/** One challenge of a WWW-Authenticate header: scheme and parameter names in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

/** A registry has one or two challenges; what is longer than this is not read. */
const MAX_TEXT = 8 * 1024;
const MAX_CHALLENGES = 16;

const SPACE = /[ \t,]*/y;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
const EQUALS = /[ \t]*=[ \t]*/y;
/** Wider than RFC 9110 has it: some registries leave the quotes of an address out. */
const BARE = /[^ \t,"]+/y;
const QUOTED = /"((?:[^"\\]|\\[^])*)"/y;
/** `token68` of RFC 9110 §11.2: what Negotiate and others send in place of parameters. */
const TOKEN68 = /[ ]+[A-Za-z0-9._~+/-]+=*(?=[ \t]*(?:,|$))/y;

/** Takes text apart from left to right. */
class Scanner {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text) ?? undefined;
    if (found !== undefined) this.at = pattern.lastIndex;
    return found;
  }
}

/**
 * Reads WWW-Authenticate headers: several headers, several challenges in one, commas in quotes, schemes in any case and
 * without parameters (RFC 9110 §11.6.1). What cannot be read ends that header; nothing throws.
 */
export function parseChallenges(headers: readonly string[]): readonly Challenge[] {
  return headers
    .flatMap((header) => readHeader(header.slice(0, MAX_TEXT)))
    .slice(0, MAX_CHALLENGES);
}

function readHeader(text: string): readonly Challenge[] {
  const scanner = new Scanner(text);
  const challenges: Challenge[] = [];
  for (;;) {
    scanner.take(SPACE);
    const scheme = scanner.take(TOKEN)?.[0].toLowerCase();
    if (scheme === undefined) return challenges;
    const token68 = scanner.take(TOKEN68);
    challenges.push({ scheme, parameters: token68 ? new Map() : readParameters(scanner) });
  }
}

/** Reads `name=value` pairs until something comes that is the next challenge's scheme. */
function readParameters(scanner: Scanner): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>();
  for (;;) {
    const start = scanner.at;
    scanner.take(SPACE);
    const name = scanner.take(TOKEN)?.[0].toLowerCase();
    const value = name === undefined || !scanner.take(EQUALS) ? undefined : readValue(scanner);
    if (name === undefined || value === undefined) {
      scanner.at = start;
      return parameters;
    }
    if (!parameters.has(name)) parameters.set(name, value);
  }
}

function readValue(scanner: Scanner): string | undefined {
  const quoted = scanner.take(QUOTED)?.[1];
  if (quoted !== undefined) return quoted.replaceAll(/\\([^])/g, "$1");
  return scanner.take(BARE)?.[0];
}
