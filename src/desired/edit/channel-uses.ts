import type { Json } from "#model";
import { isObject } from "./open-document.ts";

/** One item of a line's `channels`, as data. */
export interface Use {
  readonly channel: string;
  readonly environment: string | undefined;
  /** It says `sites`, and so means less than its environment. */
  readonly hasSites: boolean;
}

/** Reads an item; undefined for what is none. */
export function useOf(item: Json | undefined): Use | undefined {
  if (typeof item === "string") return { channel: item, environment: undefined, hasSites: false };
  if (!isObject(item) || typeof item["channel"] !== "string") return undefined;
  const { channel, environment } = item;
  return {
    channel,
    environment: typeof environment === "string" ? environment : undefined,
    hasSites: "sites" in item,
  };
}

/** Whether an item means all that another one asks for. */
export function covers(item: Use | undefined, asked: Use): boolean {
  if (item === undefined || item.channel !== asked.channel || item.hasSites) return false;
  return item.environment === undefined || item.environment === asked.environment;
}

/** Whether an item says a part of what is asked for: its environment, or some of its sites. */
export function isPartOf(item: Use | undefined, asked: Use): boolean {
  return item !== undefined && covers(asked, { ...item, hasSites: false });
}

/** Where a new channel goes: before the first one that comes later in the order of channels. */
export function indexForUse(
  uses: readonly (Use | undefined)[],
  { channel }: Use,
  order: readonly string[],
): number {
  const rank = order.indexOf(channel);
  const later = uses.findIndex((use) => use !== undefined && order.indexOf(use.channel) > rank);
  return later < 0 ? uses.length : later;
}
