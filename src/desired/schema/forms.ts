import type { Told } from "../diagnostics.ts";
import { shown } from "../diagnostics.ts";
import type { YamlScalar } from "../yaml/tree.ts";

/** What to say of a value that has not the form of its definition (contract §1). */
export interface Form {
  readonly code: string;
  readonly told: (value: YamlScalar) => Told;
  /** The contract reports it at the key. */
  readonly atKey?: true;
}

/** Definitions of the schemas → what to say where a value does not fit them. */
export const FORMS: ReadonlyMap<string, Form> = new Map<string, Form>([
  ["project", { code: "project-form", told: projectTold, atKey: true }],
  ["name", { code: "name-form", told: nameTold, atKey: true }],
  ["version", { code: "version-form", told: versionTold }],
  ["pin", { code: "version-form", told: versionTold }],
  ["digest", { code: "digest-form", told: digestTold }],
  ["word", { code: "word-form", told: wordTold }],
  ["channelUse", { code: "word-form", told: wordTold }],
  ["tag", { code: "tag-form", told: tagTold }],
  ["person", { code: "account-form", told: personTold }],
  ["team", { code: "account-form", told: teamTold }],
  ["app", { code: "account-form", told: appTold }],
  ["hostPattern", { code: "host-form", told: hostTold }],
  ["exactHost", { code: "host-form", told: hostTold }],
]);

/** Definitions whose values are strings that YAML may read as something else, such as the version `1.10`. */
export const VERSION_DEFINITIONS: ReadonlySet<string> = new Set(["version", "pin"]);

/** What to say of a version that YAML does not read as a string. */
export function versionNotString(value: YamlScalar): Told {
  return {
    message: `The version ${value.source} is read by YAML as ${typeof value.value}, not as a string.`,
    expected: "a string",
    hint: `quote it: "${value.source}"`,
  };
}

function projectTold({ source, value }: YamlScalar): Told {
  return {
    message: `${shown(String(value ?? source))} is no project.`,
    expected:
      "one path component of at most 64 characters [a-z0-9], joined by _, __ or -, and not localhost",
    hint: "use lower-case letters and digits; the folder under promotions/ has the same name",
  };
}

function nameTold({ source, value }: YamlScalar): Told {
  return {
    message: `${shown(String(value ?? source))} is no artifact's name.`,
    expected:
      "path components [a-z0-9] with ., _, __ or - inside, joined by /, at most 128 characters",
    hint: "use lower-case letters and digits; the file has the same path",
  };
}

function versionTold({ value }: YamlScalar): Told {
  return {
    message: `${shown(String(value))} is no version.`,
    expected: "a letter, digit or _, then at most 127 of letters, digits, ., _, + and -",
    hint: "a tag's characters and + are allowed; a path, a space or a colon is not",
  };
}

function wordTold({ value }: YamlScalar): Told {
  return {
    message: `${shown(String(value))} is no name of a channel, site, rule, authority or group.`,
    expected: "a lower-case letter, then at most 62 lower-case letters, digits and -",
    hint: "write it in lower case, without dots and underscores",
  };
}

function tagTold({ value }: YamlScalar): Told {
  return {
    message: `${shown(String(value))} is no tag.`,
    expected: "a letter, digit or _, then at most 127 of letters, digits, ., _ and -",
    hint: "name the tag as it stands at the registry, such as stable or 1.4",
  };
}

function personTold({ value }: YamlScalar): Told {
  return {
    message: `${shown(String(value))} is no login.`,
    expected: "a login, or a login with # and the account's number, such as bob#583231",
    hint: "write it without @; teams stand under teams, Apps under apps",
  };
}

function teamTold({ value }: YamlScalar): Told {
  return {
    message: `${shown(String(value))} is no team.`,
    expected: "an organization and a team's slug, such as org/sre",
    hint: "write it without @; people stand under people",
  };
}

function appTold({ value }: YamlScalar): Told {
  return {
    message: `${shown(String(value))} is no slug of an App.`,
    expected: "lower-case letters, digits and -, such as release-bot",
    hint: "leave out [bot]; the slug ends the address of the App's page",
  };
}

function hostTold({ value }: YamlScalar): Told {
  return {
    message: `${shown(String(value))} is no host.`,
    expected: "a host with an optional port, such as registry.example.com:5000",
    hint: "leave out the scheme and the path; an address with both is an endpoint",
  };
}

const HEX_LENGTHS: ReadonlyMap<string, number> = new Map([
  ["sha256", 64],
  ["sha512", 128],
]);

/** Names the one thing that keeps a digest from being canonical (003-15). */
function digestTold({ value }: YamlScalar): Told {
  const text = String(value);
  return {
    message: `${shown(text)} is no digest in canonical form.`,
    expected: "sha256: and 64, or sha512: and 128, lower-case hex digits",
    hint: digestHint(text),
  };
}

function digestHint(text: string): string {
  const colon = text.indexOf(":");
  const algorithm = text.slice(0, Math.max(colon, 0));
  const hex = text.slice(colon + 1);
  if (text.includes("@")) return "write only the digest, without the repository before the @";
  if (colon < 0 && /^[0-9a-fA-F]{64}$/.test(text))
    return `the algorithm is missing: "sha256:${text.toLowerCase()}"`;
  if (colon < 0)
    return "a tag or version is no digest: resolve it once with waybill register --tag";
  const length = HEX_LENGTHS.get(algorithm.toLowerCase());
  if (length === undefined)
    return `${shown(algorithm)} is no algorithm that is used here: take sha256 or sha512`;
  if (/[.…]/.test(hex)) return "write all of the digest; it is cut short";
  if (!/^[0-9a-fA-F]*$/.test(hex)) return "after the colon stand hex digits only (0-9, a-f)";
  if (hex.length !== length)
    return `it has ${hex.length} hex digits where ${algorithm.toLowerCase()} has ${length}`;
  return `write it in lower case: "${text.toLowerCase()}"`;
}
