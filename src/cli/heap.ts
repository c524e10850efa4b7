import { setFlagsFromString } from "node:v8";

/**
 * Keeps the heap close to what is really held. V8 lets its young generation grow to 100 MB and more, and its old one to
 * several times what is alive, which suits a server and not a tool that runs beside others on a small machine. Both
 * settings are read whenever the heap would grow, so that they hold from here on (docs/performance.md has the figures).
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--semi-space-growth-factor=1");
  setFlagsFromString("--heap-growing-percent=60");
}
