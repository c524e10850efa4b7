import type { Repository } from "#model";
import type {
  RegistryAnswer,
  RegistryCall,
  RegistryTransport,
} from "../../src/stores/registry/call.ts";
import { openTransport } from "../../src/stores/registry/transport.ts";
import type { TransportSettings } from "../../src/stores/registry/transport-settings.ts";

/** A signal that never aborts. */
export const never: AbortSignal = new AbortController().signal;

/** A transport with no environment and waits of a millisecond; hold it with `await using`. */
export function testTransport(
  settings: Partial<TransportSettings> = {},
): RegistryTransport & AsyncDisposable {
  const transport = openTransport({
    hosts: [],
    env: { HOME: "/nonexistent" },
    root: "/",
    ...settings,
    retry: { backoffMs: 1, ...settings.retry },
  });
  return {
    call: (request, signal) => transport.call(request, signal),
    close: () => transport.close(),
    [Symbol.asyncDispose]: () => transport.close(),
  };
}

/** A pull of a tag's manifest in `team/app`, changed as a test needs it. */
export function callTo(host: string, change: Partial<RegistryCall> = {}): RegistryCall {
  return {
    method: "GET",
    repository: `${host}/team/app` as Repository,
    target: "/v2/team/app/manifests/v1",
    scopes: [{ repository: "team/app", actions: ["pull"] }],
    lane: "metadata",
    accept: [200],
    ...change,
  };
}

/** The whole body as text. */
export async function textOf(answer: RegistryAnswer): Promise<string> {
  return Buffer.from(await answer.bytes(1024 * 1024)).toString("utf8");
}
