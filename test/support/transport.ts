import type { RegistryHost, Repository } from "#model";
import type {
  RegistryAnswer,
  RegistryCall,
  RegistryTransport,
} from "../../src/stores/registry/call.ts";
import { openTransport } from "../../src/stores/registry/transport.ts";
import type { TransportSettings } from "../../src/stores/registry/transport-settings.ts";
import { StoreError } from "../../src/stores/store-error.ts";

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

/** An entry of `registries.yaml` that says only what a test says. */
export function hostEntry(match: string, change: Partial<RegistryHost> = {}): RegistryHost {
  return {
    match,
    endpoint: undefined,
    plainHttp: false,
    caFile: undefined,
    maxConcurrency: undefined,
    requestsPerSecond: undefined,
    product: undefined,
    maxManifestBytes: undefined,
    capabilities: {},
    blobRedirectHosts: undefined,
    tokenHosts: [],
    ...change,
  };
}

/** An environment with one login, inline as `DOCKER_AUTH_CONFIG` has it. */
export function login(
  host: string,
  user: string,
  secret: string,
): Readonly<Record<string, string>> {
  const auth = Buffer.from(`${user}:${secret}`).toString("base64");
  return {
    HOME: "/nonexistent",
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { auth } } }),
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

/** The StoreError that a call ends with; anything else fails the test. */
export async function failure(work: Promise<unknown>): Promise<StoreError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof StoreError) return error;
    throw error;
  }
  throw new Error("expected a StoreError");
}
