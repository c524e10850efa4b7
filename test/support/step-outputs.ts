/** Reads a step's output file as the runner does: `name=value`, and `name<<DELIMITER` with lines. */
export function readOutputs(text: string): ReadonlyMap<string, string> {
  const long = [...text.matchAll(/^([a-z-]+)<<(\S+)\n([\s\S]*?)\n\2$/gm)];
  const short = [...text.matchAll(/^([a-z-]+)=(.*)$/gm)];
  return new Map([
    ...long.map(([, name = "", , value = ""]) => [name, value] as const),
    ...short.map(([, name = "", value = ""]) => [name, value] as const),
  ]);
}
