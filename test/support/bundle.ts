import { join } from "node:path";
import { inject } from "vitest";

/** A program of the bundle that was built for this run of the tests. */
export function bundled(program: "waybill" | "action"): string {
  const { folder, failure } = inject("bundle");
  if (failure !== undefined) throw new Error(`the bundle could not be built: ${failure}`);
  return join(folder, `${program}.mjs`);
}

/** Where Node may keep what it compiled of the bundle, as long as that is there. */
export function compileCache(): string {
  return join(inject("bundle").folder, "compiled");
}
