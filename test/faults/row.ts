import type { Printed } from "../support/real/in-process.ts";
import type { World, WorldOptions } from "./world.ts";

/** One fault: what goes wrong, and what a person then reads. */
export interface FaultRow {
  /** What goes wrong, as the first column of docs/faults.md has it. */
  readonly what: string;
  /** Requirement ids that the row proves. */
  readonly ids?: string;
  readonly options?: WorldOptions;
  /** Lays the fault. */
  readonly arrange?: (world: World) => void | Promise<void>;
  /** The run that meets it; by default `waybill apply --yes`. */
  readonly run?: (world: World) => Promise<Printed>;
  /** Its exit code (contracts.md §4). */
  readonly code: number;
  /** A part of what it says that must be there, whatever else the sentence becomes; none: it says nothing at all. */
  readonly says?: string;
  /** What is said depends on the machine, or on what came first: of it only `says` stands in the page. */
  readonly varies?: true;
  /** Puts things in order before the run that heals; by default the faults are taken away. */
  readonly mend?: (world: World) => void | Promise<void>;
  /** The run that heals, by default `waybill apply --yes`. */
  readonly heal?: readonly string[];
  /** More that must hold after the run that met the fault. */
  readonly check?: (world: World, printed: Printed) => void | Promise<void>;
  /** False: the target is no registry, or nothing is promoted; `check` says what must hold. */
  readonly complete?: false;
}
