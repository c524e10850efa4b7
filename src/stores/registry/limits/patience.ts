import type { StoreErrorCode } from "../../store-error.ts";

/** Why a host is not asked for a while. */
export interface Outage {
  readonly code: StoreErrorCode;
  /** A clause that follows the host's name. */
  readonly clause: string;
  readonly hint: string | undefined;
}

const BUDGET = 40;
const EARNED = 0.2;
const OUTAGE_MS = 30_000;
/** Calls in a row that gave up, nothing going well between them, after which the host counts as out. */
const LOST_CALLS = 4;

/**
 * How often a host may be tried again, over all calls: a dead host must not cost its retries a thousand times over.
 * Each retry costs one, a success earns some back; and after a call gave up on the connection itself, or on being
 * refused, the others are told the same for a while without being sent.
 */
export class Patience {
  readonly #now: () => number;
  #left = BUDGET;
  #lost = 0;
  #outage: { readonly outage: Outage; readonly until: number } | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** What is wrong with the host right now, as far as is known without asking. */
  get outage(): Outage | undefined {
    if (this.#outage === undefined || this.#outage.until <= this.#now()) return undefined;
    return this.#outage.outage;
  }

  /** Takes one retry out of the budget; false where there is none left. */
  spend(): boolean {
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }

  /** The host answered. */
  earn(): void {
    this.#left = Math.min(BUDGET, this.#left + EARNED);
    this.#outage = undefined;
    this.#lost = 0;
  }

  /** A call gave up. `sure`: on the host itself; else it may be this one call's fault, and only several count. */
  giveUp(outage: Outage, sure: boolean): void {
    this.#lost += 1;
    if (!sure && this.#lost < LOST_CALLS) return;
    const { code, clause, hint } = outage;
    this.#outage = { outage: { code, clause, hint }, until: this.#now() + OUTAGE_MS };
  }
}
