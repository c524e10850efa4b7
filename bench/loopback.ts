import { createServer } from "node:net";
import { once } from "node:events";

/** Requests of the benchmarks themselves carry this, and are not counted. */
export const OWN_AGENT = "waybill-bench";

/** A loopback port that nobody listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no TCP port");
  return address.port;
}

/** Asks until something answers at all, for at most ten seconds. */
export async function untilAnswered(url: string, signal: AbortSignal): Promise<void> {
  const stop = AbortSignal.any([signal, AbortSignal.timeout(10_000)]);
  while (!(await answers(url, stop))) {
    stop.throwIfAborted();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  return fetch(url, { headers: { "user-agent": OWN_AGENT }, signal }).then(
    async (response) => {
      await response.arrayBuffer();
      return true;
    },
    () => false,
  );
}
