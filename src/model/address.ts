import { isRepositoryPath } from "./grammar.ts";

/**
 * A repository in canonical form: `registry.example.com/path`, `oci-layout:PATH`, `file:PATH` or `s3://bucket/prefix`.
 * It is what plans show and what observations are keyed by; two spellings of one place are one string.
 */
export type Repository = string & { readonly __brand: "Repository" };

/** What a store address says, taken apart. A root's path may be empty for a registry (the whole host). */
export type Address =
  | { readonly kind: "registry"; readonly host: string; readonly path: string }
  | { readonly kind: "layout"; readonly path: string }
  | { readonly kind: "file"; readonly path: string }
  | { readonly kind: "s3"; readonly bucket: string; readonly prefix: string };

/** The store kinds that the engine can read and write today; the others validate and are blocked in a plan (contract §1). */
export const SUPPORTED_STORES: ReadonlySet<Address["kind"]> = new Set(["registry", "layout"]);

const HOST = /^(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?)(?::[0-9]{1,5})?$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const RESERVED_PARTS: ReadonlySet<string> = new Set(["blobs", "index.json", "oci-layout"]);

/** Parses a store's address; a string tells what is wrong with the text, for a person (contract §1). */
export function parseAddress(text: string): Address | string {
  if (text.startsWith("oci-layout:"))
    return layoutAddress("layout", text.slice("oci-layout:".length));
  if (text.startsWith("file:")) return layoutAddress("file", text.slice("file:".length));
  if (text.startsWith("s3://")) return s3Address(text.slice("s3://".length));
  return registryAddress(text);
}

function layoutAddress(kind: "layout" | "file", text: string): Address | string {
  const path = canonicalPath(text);
  if (path === undefined)
    return `expected a path after "${kind === "layout" ? "oci-layout" : "file"}:"`;
  const reserved = path.split("/").find((part) => RESERVED_PARTS.has(part));
  if (reserved !== undefined) return `a layout's path may not have a part named "${reserved}"`;
  return { kind, path };
}

/** Folds `.`, empty parts and a trailing slash; keeps a leading `/` and leading `..` (who may use those is asked later). */
function canonicalPath(text: string): string | undefined {
  if (text === "" || /[\0-\x1f\x7f\\]/.test(text)) return undefined;
  const parts: string[] = [];
  for (const part of text.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else parts.push(part);
  }
  if (text.startsWith("/")) return `/${parts.filter((part) => part !== "..").join("/")}`;
  return `${parts[0] === ".." ? "" : "./"}${parts.join("/")}`;
}

function s3Address(text: string): Address | string {
  const [bucket = "", ...rest] = text.split("/");
  if (!BUCKET.test(bucket)) return `"${bucket}" is not a bucket's name`;
  return { kind: "s3", bucket, prefix: rest.filter((part) => part !== "").join("/") };
}

function registryAddress(text: string): Address | string {
  const slash = text.indexOf("/");
  const host = slash < 0 ? text : text.slice(0, slash);
  const path = slash < 0 ? "" : text.slice(slash + 1);
  if (text.includes("://")) return "a registry is named without a scheme: host/path";
  if (!looksLikeHost(host))
    return `"${host}" is not a registry's host (it needs a ".", a ":" or to be localhost)`;
  if (path !== "" && !isRepositoryPath(path)) return `"${path}" is not a repository path`;
  return { kind: "registry", host: host.toLowerCase(), path };
}

/** Tells whether a first path part names a host, as docker and the contract's REF have it. */
export function looksLikeHost(part: string): boolean {
  return HOST.test(part) && (part.includes(".") || part.includes(":") || part === "localhost");
}

/** Writes an address in its one canonical spelling. */
export function formatAddress(address: Address): string {
  switch (address.kind) {
    case "registry":
      return address.path === "" ? address.host : `${address.host}/${address.path}`;
    case "layout":
      return `oci-layout:${address.path}`;
    case "file":
      return `file:${address.path}`;
    case "s3":
      return address.prefix === ""
        ? `s3://${address.bucket}`
        : `s3://${address.bucket}/${address.prefix}`;
  }
}

/** The repository that an address is, canonical. */
export function repositoryAt(address: Address): Repository {
  return formatAddress(address) as Repository;
}

/** The place `path` under a site's store: `<root>/<channel to>` (contract §1). */
export function placeUnder(root: Address, path: string): Repository {
  switch (root.kind) {
    case "registry":
      return repositoryAt({ ...root, path: root.path === "" ? path : `${root.path}/${path}` });
    case "layout":
    case "file":
      return repositoryAt({
        ...root,
        path: root.path.endsWith("/") ? root.path + path : `${root.path}/${path}`,
      });
    case "s3":
      return repositoryAt({
        ...root,
        prefix: root.prefix === "" ? path : `${root.prefix}/${path}`,
      });
  }
}

/** Takes a repository apart again; total, because only canonical addresses are of the type. */
export function addressOf(repository: Repository): Address {
  const address = parseAddress(repository);
  if (typeof address === "string")
    throw new TypeError(`not a repository: ${repository}: ${address}`);
  return address;
}

/**
 * What all spellings of one repository have in common, to compare by: Docker Hub has several names, and a host has the
 * port that HTTPS has anyway. Never shown, and nothing is asked of it: credentials and settings go by the host as written.
 */
export function repositoryIdentity(repository: Repository): string {
  return repository
    .replace(/^((?:[^/:]+\.)+[a-z][^/:.]*):443(?=\/|$)/, "$1")
    .replace(/^(?:index|registry-1)\.docker\.io(?=\/|$)/, "docker.io");
}

/** The registry host of a repository, or undefined where it lies in no registry. */
export function registryHost(repository: Repository): string | undefined {
  const address = addressOf(repository);
  return address.kind === "registry" ? address.host : undefined;
}
