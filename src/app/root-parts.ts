import { createHash } from "node:crypto";
import type { Json } from "#model";

/** What a trusted root believes, a line each; for a person who has to approve another one. */
export function rootParts(bytes: Uint8Array): readonly string[] {
  const parsed = JSON.parse(Buffer.from(bytes).toString("utf8")) as Json;
  return ["tlogs", "ctlogs", "certificateAuthorities", "timestampAuthorities"].flatMap((key) =>
    itemsAt(parsed, key).map((item) => `${key}: ${partOf(item)}`),
  );
}

function partOf(item: Json): string {
  const key = at(item, "publicKey");
  const certificates = itemsAt(at(item, "certChain") ?? null, "certificates");
  const raw =
    key === undefined ? certificates.map((each) => at(each, "rawBytes")) : [at(key, "rawBytes")];
  const range = at(key ?? item, "validFor");
  const [start, end] = [wordOf(at(range, "start")), wordOf(at(range, "end"))];
  const where = wordOf(at(item, "baseUrl")) || wordOf(at(item, "uri"));
  const name = createHash("sha256").update(raw.map(wordOf).join("\n")).digest("hex").slice(0, 12);
  return `${where} since ${start}${end === "" ? "" : ` until ${end}`} (${name})`;
}

function wordOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function at(value: Json | undefined, key: string): Json | undefined {
  if (typeof value !== "object" || value === null || isList(value)) return undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function itemsAt(value: Json, key: string): readonly Json[] {
  const found = at(value, key);
  return found !== undefined && isList(found) ? found : [];
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}
