import { compareText, type ConfigChange, type Json, type PlatformChange } from "#model";
import { cut } from "./caps.ts";
import { isObject, itemsIn, member, textIn } from "../trust/json.ts";

/** Platform (`os/architecture/variant`; empty for the only one) → an image's config (image-spec, `config` of config.json). */
export type Configs = ReadonlyMap<string, Json>;

/** Settings of the configs of two versions that differ, by platform; of the environment names only (issue 6 §2). */
export function compareConfigs(before: Configs, after: Configs): readonly ConfigChange[] {
  return [...after].flatMap(([platform, document]) => {
    const old = before.get(platform);
    if (old === undefined) return [];
    const [was, is] = [settingsOf(old), settingsOf(document)];
    return [...is].flatMap(([setting, now]) => {
      const then = was.get(setting) ?? "";
      return then === now
        ? []
        : [
            {
              setting,
              platform: after.size > 1 ? cut(platform) : undefined,
              before: cut(then),
              after: cut(now),
            },
          ];
    });
  });
}

/** Platforms that only one of two versions has. */
export function comparePlatforms(
  before: readonly string[],
  after: readonly string[],
): PlatformChange {
  return {
    added: after
      .filter((platform) => !before.includes(platform))
      .toSorted(compareText)
      .map(cut),
    removed: before
      .filter((platform) => !after.includes(platform))
      .toSorted(compareText)
      .map(cut),
  };
}

function settingsOf(document: Json): ReadonlyMap<ConfigChange["setting"], string> {
  const config = member(document, "config");
  return new Map([
    ["user", textIn(member(config, "User")) ?? ""],
    ["entrypoint", wordsOf(member(config, "Entrypoint"))],
    ["command", wordsOf(member(config, "Cmd"))],
    ["working folder", textIn(member(config, "WorkingDir")) ?? ""],
    ["ports", keysOf(member(config, "ExposedPorts"))],
    ["volumes", keysOf(member(config, "Volumes"))],
    ["environment", namesOf(member(config, "Env"))],
    ["stop signal", textIn(member(config, "StopSignal")) ?? ""],
  ]);
}

function wordsOf(value: Json | undefined): string {
  const words = itemsIn(value).flatMap((item) => textIn(item) ?? []);
  return words.length === 0 ? "" : JSON.stringify(words);
}

function keysOf(value: Json | undefined): string {
  return isObject(value) ? Object.keys(value).toSorted(compareText).join(", ") : "";
}

/** `NAME=value` → the name; a value may be a secret. */
function namesOf(value: Json | undefined): string {
  const names = itemsIn(value).flatMap((item) => textIn(item)?.split("=", 1)[0] ?? []);
  return [...new Set(names)].toSorted(compareText).join(", ");
}
