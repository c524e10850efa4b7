import type { CheckReport } from "./check-report.ts";

/** The outputs of a check, by name (issue 6 §1). */
export function checkOutputs({ result, plan }: CheckReport): ReadonlyMap<string, string> {
  const actions = plan?.actions ?? [];
  return new Map([
    ["result", result],
    ["plan-digest", plan?.digest ?? ""],
    ["changes", String(actions.length)],
    ["destructive", String(actions.filter(({ destructive }) => destructive).length)],
  ]);
}

/**
 * Outputs as lines for the file that `GITHUB_OUTPUT` names. The delimiter must be one that nobody could know before, and
 * no value may hold it: else a value could add outputs of its own.
 */
export function outputLines(outputs: ReadonlyMap<string, string>, delimiter: string): string {
  return [...outputs]
    .map(([name, value]) => {
      if (!/^[a-z][a-z-]*$/.test(name)) throw new RangeError(`"${name}" is no output's name`);
      if (value.includes(delimiter) || !/^\w[\w-]{15,}$/.test(delimiter))
        throw new RangeError(`the delimiter of the output ${name} is not safe`);
      return `${name}<<${delimiter}\n${value}\n${delimiter}\n`;
    })
    .join("");
}
