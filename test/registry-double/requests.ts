import { request as httpRequest } from "node:http";
import type { BuiltBlob } from "../support/images.ts";
import type { Registry } from "../support/registry/index.ts";

/** A plain HTTP call to the double; nothing of ours between the test and the wire. */
export async function call(
  registry: Registry,
  method: string,
  path: string,
  init: Omit<RequestInit, "method"> = {},
): Promise<Response> {
  const url = new URL(path, registry.origin);
  return await fetch(url, { redirect: "manual", ...init, method });
}

/** The first code of a spec error body. */
export async function errorCode(response: Response): Promise<string> {
  const body: unknown = await response.json();
  const match = /"code":"([A-Z_]+)"/u.exec(JSON.stringify(body));
  return match?.[1] ?? "";
}

/** A request body of some bytes. */
export function bodyOf(bytes: Uint8Array | string): RequestInit {
  return { body: typeof bytes === "string" ? bytes : new Uint8Array(bytes) };
}

/** Adds a digest to an upload's Location. */
export function withDigest(registry: Registry, location: string, digest: string): string {
  const url = new URL(location, registry.origin);
  url.searchParams.set("digest", digest);
  return url.href;
}

/** Begins an upload and gives its Location. */
export async function beginUpload(registry: Registry, repository: string): Promise<string> {
  const response = await call(registry, "POST", `/v2/${repository}/blobs/uploads/`);
  return response.headers.get("location") ?? "";
}

/** Pushes a blob by POST and PUT. */
export async function pushBlob(
  registry: Registry,
  repository: string,
  blob: BuiltBlob,
): Promise<Response> {
  const location = await beginUpload(registry, repository);
  const url = withDigest(registry, location, blob.digest);
  return await call(registry, "PUT", url, bodyOf(blob.bytes));
}

/** Pushes a manifest under a tag or digest. */
export async function pushManifest(
  registry: Registry,
  path: string,
  manifest: BuiltBlob,
): Promise<Response> {
  const headers = { "content-type": manifest.mediaType };
  return await call(registry, "PUT", path, { ...bodyOf(manifest.bytes), headers });
}

/** The outcome of a raw request: what came before the connection ended, and how it ended. */
export interface RawOutcome {
  readonly status: number | undefined;
  readonly received: number;
  readonly ended: "aborted" | "error" | "whole";
}

/** A GET by node:http, which tells a cut connection from a whole answer. */
export async function rawGet(registry: Registry, path: string): Promise<RawOutcome> {
  return await new Promise((resolve) => {
    const request = httpRequest(new URL(path, registry.origin), (response) => {
      let received = 0;
      response.on("data", (chunk: Buffer) => {
        received += chunk.length;
      });
      response.once("close", () => {
        const ended = response.complete ? "whole" : "aborted";
        resolve({ status: response.statusCode, received, ended });
      });
      response.once("error", () => undefined);
    });
    request.once("error", () => {
      resolve({ status: undefined, received: 0, ended: "error" });
    });
    request.end();
  });
}
