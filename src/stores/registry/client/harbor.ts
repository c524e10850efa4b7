import type { StoreErrorCode } from "../../store-error.ts";
import { projectOf, pushHint, type Client } from "./client.ts";
import type { Problem } from "./problem.ts";

/** Why a registry said no, in our words, and what to do. */
export interface Explanation {
  readonly code: StoreErrorCode;
  readonly because: string;
  readonly hint: string | undefined;
}

interface Row {
  fits(problem: Problem): boolean;
  explain(client: Client, problem: Problem): Explanation;
}

/** Phrases, not words: a repository may be called "quota" and stand in any message. */
const QUOTA = /quota exceeded|exceed\w*\b.*\bquota|will exceed the configured upper limit/i;
const TAG_CODES = ["TAG_INVALID", "ImageTagAlreadyExistsException"];
const IMMUTABLE = /\b(?:configured as|is) immutable\b|\bimmutable tags?\b|\btag immutability\b/i;

/** Harbor's answers first (they reuse general codes), then the specification's codes, then the status. */
const ROWS: readonly Row[] = [
  {
    fits: ({ status, text }) => status === 404 && /project .*not found/i.test(text),
    explain: (client) => ({
      code: "not-found",
      because: `there is no project ${projectOf(client)}`,
      hint: `create the project ${projectOf(client)} on ${client.host}, or correct the store in policies/sites.yaml`,
    }),
  },
  {
    fits: ({ status, text }) => status < 500 && QUOTA.test(text),
    explain: (client) => ({
      code: "refused",
      because: `the storage quota of ${projectOf(client)} is used up`,
      hint: `raise the quota of ${projectOf(client)} on ${client.host}, or delete and collect what is not needed there, then run apply again`,
    }),
  },
  {
    fits: protectsTag,
    explain: (client) => ({
      code: "refused",
      because: "an immutability rule protects the tag",
      hint: `if the tag should move, exempt it from the immutability rules of ${projectOf(client)} on ${client.host}; else give the content a new version`,
    }),
  },
  {
    fits: ({ text }) => /read[- ]only mode/i.test(text),
    explain: (client) => ({
      code: "refused",
      because: "it is in read-only mode",
      hint: `end the read-only mode of ${client.host}, then run apply again`,
    }),
  },
  {
    fits: ({ codes, status }) =>
      status === 403 ||
      status === 401 ||
      codes.includes("DENIED") ||
      codes.includes("UNAUTHORIZED"),
    explain: (client) => ({
      code: "forbidden",
      because: "the account lacks the right",
      hint: pushHint(client),
    }),
  },
  {
    fits: ({ codes }) => codes.includes("DIGEST_INVALID"),
    explain: () => ({
      code: "digest-mismatch",
      because: "the bytes that arrived are not those of the digest",
      hint: "something changed them on the way: run apply again, and look at proxies between if it stays",
    }),
  },
  {
    fits: lacksContent,
    explain: (_client, { digests }) => ({
      code: "refused",
      because: `content that it names is missing there${digests.length > 0 ? `: ${digests.join(", ")}` : ""}`,
      hint: "run apply again with --deep, which looks for every part and brings what is missing",
    }),
  },
  {
    fits: ({ codes, status }) => codes.includes("NAME_UNKNOWN") || status === 404,
    explain: (client) => ({
      code: "not-found",
      because: `there is no repository ${client.path}, and pushing does not create it`,
      hint: `create ${client.path} on ${client.host} first, or let the registry create repositories on push`,
    }),
  },
  {
    fits: ({ codes, status }) => codes.includes("SIZE_INVALID") || status === 413,
    explain: (client) => ({
      code: "refused",
      because: "it is larger than the registry takes",
      hint: `raise the limit of ${client.host}, or of the proxy before it`,
    }),
  },
  {
    fits: ({ codes, status }) => codes.includes("UNSUPPORTED") || status === 405 || status === 501,
    explain: (client) => ({
      code: "unsupported",
      because: "it does not support that",
      hint: `allow writes on ${client.host} (it may be read-only, a mirror, or behind a proxy that passes only reads), or name another store for the site`,
    }),
  },
];

/** Puts a registry's no into words. */
export function explain(client: Client, problem: Problem): Explanation {
  const row = ROWS.find((candidate) => candidate.fits(problem));
  if (row !== undefined) return row.explain(client, problem);
  const code = problem.codes.find((text) => text !== "");
  return {
    code: "refused",
    because: `it answered ${problem.status}${code === undefined ? "" : ` ${code}`}`,
    hint: undefined,
  };
}

/** Tells whether a tag is refused for a rule that keeps it as it is (Harbor, ECR, Google). */
export function protectsTag({ codes, text }: Pick<Problem, "codes" | "text">): boolean {
  return IMMUTABLE.test(text) || TAG_CODES.some((code) => codes.includes(code));
}

/** Tells whether a registry refuses a manifest for what it points at; some say MANIFEST_UNKNOWN of a child (copy-engines §3.17). */
export function lacksContent({ codes }: Problem): boolean {
  return ["MANIFEST_BLOB_UNKNOWN", "BLOB_UNKNOWN", "MANIFEST_UNKNOWN"].some((code) =>
    codes.includes(code),
  );
}
