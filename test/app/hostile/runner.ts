/** One workflow command as the runner reads it from a line of a step's output. */
export interface WorkflowCommand {
  readonly name: string;
  readonly properties: ReadonlyMap<string, string>;
  readonly message: string;
}

/**
 * The workflow commands in what a step wrote, by the runner's own two forms: `::name k=v,k=v::message` at the start of a
 * line, and the old `##[name k=v;k=v]message` anywhere in one.
 */
export function commandsIn(output: string): readonly WorkflowCommand[] {
  return output.split(/\r\n|\r|\n/).flatMap((line) => newForm(line) ?? oldForm(line) ?? []);
}

function newForm(line: string): WorkflowCommand | undefined {
  const [, head = "", message = ""] = /^\s*::(.*?[^:]?)::(.*)$/.exec(line) ?? [];
  const [, name, rest = ""] = /^(\S+)(?: (.*))?$/.exec(head) ?? [];
  if (name === undefined) return undefined;
  return { name, properties: pairs(rest, ","), message: unescape(message) };
}

function oldForm(line: string): WorkflowCommand | undefined {
  const [, head = "", message = ""] = /##\[([^\]]*)\](.*)$/.exec(line) ?? [];
  const [, name, rest = ""] = /^(\S+)(?: (.*))?$/.exec(head) ?? [];
  return name === undefined ? undefined : { name, properties: pairs(rest, ";"), message };
}

function pairs(text: string, separator: string): ReadonlyMap<string, string> {
  return new Map(
    text
      .split(separator)
      .filter((pair) => pair.includes("="))
      .map((pair) => {
        const at = pair.indexOf("=");
        return [pair.slice(0, at).trim(), unescape(pair.slice(at + 1))] as const;
      }),
  );
}

function unescape(text: string): string {
  return text
    .replaceAll("%0D", "\r")
    .replaceAll("%0A", "\n")
    .replaceAll("%3A", ":")
    .replaceAll("%2C", ",")
    .replaceAll("%25", "%");
}

/** The pairs of a file such as `GITHUB_OUTPUT`, as the runner reads them; fails where the runner would. */
export function fileCommandsIn(text: string): ReadonlyMap<string, string> {
  const pairsFound = new Map<string, string>();
  const lines = text.split("\n");
  for (let at = 0; at < lines.length; at += 1) {
    const line = lines[at] ?? "";
    if (line === "") continue;
    const [, name, delimiter] = /^([^=<]+)<<(.+)$/.exec(line) ?? [];
    if (name === undefined || delimiter === undefined) {
      const equals = line.indexOf("=");
      if (equals < 1) throw new Error(`no pair: ${line}`);
      pairsFound.set(line.slice(0, equals), line.slice(equals + 1));
      continue;
    }
    const end = lines.indexOf(delimiter, at + 1);
    if (end < 0) throw new Error(`no end of ${name}`);
    pairsFound.set(name, lines.slice(at + 1, end).join("\n"));
    at = end;
  }
  return pairsFound;
}
