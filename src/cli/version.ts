import { readFileSync } from "node:fs";

declare const WAYBILL_VERSION: string | undefined;
declare const WAYBILL_ACTION: string | undefined;

/** The version of this program: set by the bundle, read from package.json in a checkout. */
export const VERSION: string =
  typeof WAYBILL_VERSION === "string" ? WAYBILL_VERSION : checkoutVersion();

/** The action that this build was released with, `OWNER/REPO@SHA`; a checkout has none. */
export const RELEASED_ACTION: string | undefined =
  typeof WAYBILL_ACTION === "string" && WAYBILL_ACTION !== "" ? WAYBILL_ACTION : undefined;

function checkoutVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  const fields: unknown = JSON.parse(text);
  const version = new Map<string, unknown>(Object.entries(fields ?? {})).get("version");
  return typeof version === "string" ? version : "0.0.0";
}
