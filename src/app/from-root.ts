import { isAbsolute, relative, resolve, sep } from "node:path";
import { parseAddress, type Address } from "#model";
import { RequestError } from "./request-error.ts";

/** Where a person stands, and the promotions root. */
export interface Standing {
  readonly root: string;
  readonly folder: string;
}

/** A relative path was typed where the person stands; in a file it is relative to the promotions root (contract §1). */
export function fromRoot(address: Address, { root, folder }: Standing): Address {
  if (address.kind !== "layout" && address.kind !== "file") return address;
  if (isAbsolute(address.path) || root === folder) return address;
  const path = relative(root, resolve(folder, address.path)).split(sep).join("/");
  const moved = parseAddress(`${address.kind === "layout" ? "oci-layout" : "file"}:${path}`);
  if (typeof moved === "string") throw new RequestError(`${address.path}: ${moved}.`);
  return moved;
}
