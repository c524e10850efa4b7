/**
 * The in-process registry of our tests as a process of its own, for machines without a real one:
 * `node bench/double.ts [counted]`. Its first line says where it listens. It stops on SIGTERM, and
 * then says what was asked of it in the words of distribution's logs, so that one reader serves both.
 */
import { startRegistry } from "../test/support/registry/index.ts";

const registry = await startRegistry({ referrers: "off" });
console.log(`listening on ${registry.host}`);
process.once("SIGTERM", () => void stop());

async function stop(): Promise<void> {
  if (process.argv[2] === "counted") report();
  await registry.close();
  process.exit(0);
}

function report(): void {
  for (const { headers, method, path, status, connection } of registry.requests) {
    const agent = headers["user-agent"] ?? "";
    console.log(`127.0.0.1 - - [] "${method} ${path} HTTP/1.1" ${status} 0 "" "${agent}"`);
    console.log(
      JSON.stringify({
        msg: "response completed",
        "http.request.remoteaddr": String(connection),
        "http.request.useragent": agent,
      }),
    );
  }
}
