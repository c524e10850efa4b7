import type { FaultRow } from "./row.ts";
import { BYTES } from "./rows/bytes.ts";
import { DEADLINES } from "./rows/deadlines.ts";
import { EVIDENCE } from "./rows/evidence.ts";
import { HOSTS } from "./rows/hosts.ts";
import { LAYOUTS } from "./rows/layouts.ts";
import { LOGINS } from "./rows/login.ts";
import { RATES } from "./rows/rates.ts";
import { REFUSALS } from "./rows/refusals.ts";
import { REPOSITORY } from "./rows/repository.ts";
import { UPLOADS } from "./rows/uploads.ts";

/** Every fault, by what it is about, in the order of docs/faults.md. */
export const FAULTS: ReadonlyMap<string, readonly FaultRow[]> = new Map([
  ["The promotions repository", REPOSITORY],
  ["Hosts", HOSTS],
  ["Logins", LOGINS],
  ["Too much to do", RATES],
  ["Waiting", DEADLINES],
  ["Bytes", BYTES],
  ["Uploads, redirects and lists", UPLOADS],
  ["Refusals, and what is not there", REFUSALS],
  ["Evidence and half copies", EVIDENCE],
  ["Layouts", LAYOUTS],
]);
