import type { RegistryHost } from "./desired.ts";

/** The entry of `registries.yaml` that speaks of a host: the exact one, else the longest pattern that fits (contract §2). */
export function registryEntryOf(
  host: string,
  entries: readonly RegistryHost[],
): RegistryHost | undefined {
  const exact = entries.find((entry) => entry.match === host);
  if (exact !== undefined) return exact;
  return entries
    .filter((entry) => entry.match.includes("*") && fits(entry.match, host))
    .toSorted((a, b) => b.match.length - a.match.length)
    .at(0);
}

/** Tells whether a host fits a pattern; `*` stands for any characters, dots too. */
function fits(pattern: string, host: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === host;
  if (host.length < first.length + last.length) return false;
  if (!host.startsWith(first) || !host.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = host.indexOf(part, at);
    if (found < 0 || found + part.length > host.length - last.length) return false;
    at = found + part.length;
  }
  return at <= host.length - last.length;
}
