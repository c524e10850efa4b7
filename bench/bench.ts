import type { Contender } from "./peers.ts";
import type { RegistryYard } from "./registry.ts";
import type { RowResult } from "./result.ts";
import type { Workshop } from "./workshop.ts";

/** What every row is handed. */
export interface Bench {
  readonly workshop: Workshop;
  readonly yard: RegistryYard;
  readonly waybill: Contender;
  readonly peers: readonly Contender[];
  readonly runs: number;
  /** The script that makes universes; undefined where it is not to be found. */
  readonly universeScript: string | undefined;
  readonly signal: AbortSignal;
  /** Says on standard error what is being done. */
  say(text: string): void;
}

/** One row of the table. */
export interface Row {
  readonly name: string;
  readonly title: string;
  run(bench: Bench): Promise<RowResult>;
}
