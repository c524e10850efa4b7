import { BenchError } from "./bench-error.ts";
import { OWN_AGENT } from "./loopback.ts";

/** Bytes on their way to a registry; a `Blob` of a file is streamed. */
export interface Content {
  readonly digest: string;
  readonly body: Blob | Uint8Array<ArrayBuffer>;
}

/** A manifest with what it needs, and its tag. */
export interface Image {
  readonly tag: string;
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly blobs: readonly Content[];
}

const AT_ONCE = 12;

/** Pushes images into one repository, each blob once. */
export async function pushImages(
  place: { readonly host: string; readonly repository: string },
  images: readonly Image[],
  signal: AbortSignal,
): Promise<void> {
  const base = `http://${place.host}/v2/${place.repository}`;
  const blobs = new Map(images.flatMap(({ blobs }) => blobs).map((blob) => [blob.digest, blob]));
  await eachOf([...blobs.values()], (blob) => pushBlob(base, blob, signal));
  await eachOf(images, async ({ tag, bytes, mediaType }) => {
    const headers = { "content-type": mediaType };
    await send(`${base}/manifests/${tag}`, { method: "PUT", headers, body: bytes, signal });
  });
}

async function pushBlob(
  base: string,
  { digest, body }: Content,
  signal: AbortSignal,
): Promise<void> {
  const opened = await send(`${base}/blobs/uploads/`, { method: "POST", signal });
  const url = new URL(opened.headers.get("location") ?? "", base);
  url.searchParams.set("digest", digest);
  const headers = { "content-type": "application/octet-stream" };
  await send(url.href, { method: "PUT", headers, body, signal });
}

interface Asked extends RequestInit {
  readonly headers?: Readonly<Record<string, string>>;
}

async function send(url: string, init: Asked): Promise<Response> {
  const headers = { ...init.headers, "user-agent": OWN_AGENT };
  const response = await fetch(url, { ...init, headers });
  const text = await response.text();
  if (!response.ok) {
    throw new BenchError(`${init.method ?? "GET"} ${url} was answered ${response.status}: ${text}`);
  }
  return response;
}

/** How many tags a repository holds, all pages together. */
export async function countTags(
  place: { readonly host: string; readonly repository: string },
  signal: AbortSignal,
): Promise<number> {
  let count = 0;
  let next: string | undefined = `http://${place.host}/v2/${place.repository}/tags/list?n=1000`;
  while (next !== undefined) {
    const response: Response = await fetch(next, {
      headers: { "user-agent": OWN_AGENT },
      signal,
    });
    const document: unknown = await response.json();
    const tags = isRecord(document) ? document["tags"] : undefined;
    if (Array.isArray(tags)) count += tags.length;
    const link = /<([^>]+)>/.exec(response.headers.get("link") ?? "")?.[1];
    next = link === undefined ? undefined : new URL(link, next).href;
  }
  return count;
}

/** Whether a parsed JSON value is an object whose fields can be asked for. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

async function eachOf<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  async function worker(): Promise<void> {
    for (const item of queue) await work(item);
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
}
