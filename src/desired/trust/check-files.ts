import { createHash } from "node:crypto";
import {
  formatDuration,
  parseTime,
  type AuthorityKey,
  type Diagnostic,
  type Position,
  type TrustRoot,
} from "#model";
import { errorAt, shown, warningAt } from "../diagnostics.ts";
import type { TrustDocument } from "../documents/trust.ts";
import { positionOf } from "../yaml/tree.ts";
import type { SourceFile } from "../yaml/read.ts";

/** A trust file, the files that it names as the app read them from the same revision, and the time. */
export interface TrustFilesQuestion {
  readonly trust: TrustDocument;
  /** By path; a path that is not here does not exist. */
  readonly files: ReadonlyMap<string, SourceFile>;
  readonly now: Date;
}

/** The paths that a trust file names, which the app must read: those under `policies/` only, sorted. */
export function namedFiles({ policy }: TrustDocument): readonly string[] {
  const keys = [...policy.authorities.values()].flatMap(({ identity }) =>
    identity.kind === "keys" ? identity.keys.map(({ file }) => file) : [],
  );
  const roots = [...policy.roots.values()].map(({ file }) => file);
  return [...new Set([...keys, ...roots])].filter(isUnderPolicies).toSorted();
}

/** Root and key files: where they lie, what they are, whether they are those that were reviewed, and their age. */
export function checkTrustFiles(question: TrustFilesQuestion): readonly Diagnostic[] {
  const { trust } = question;
  const keys = [...trust.policy.authorities.values()].flatMap(({ name, identity }) => {
    if (identity.kind !== "keys") return [];
    return identity.keys.flatMap((key) => checkKeyFile(question, name, key));
  });
  const roots = [...trust.policy.roots.values()];
  return [
    ...roots.flatMap((root) => checkRootFile(question, root)),
    ...roots.flatMap((root) => checkRootAge(question, root)),
    ...keys,
  ];
}

/** A path that stays under `policies/` as it is written: no way up, no way round, nothing absolute. */
function isUnderPolicies(path: string): boolean {
  if (!path.startsWith("policies/") || /[\\\0-\x1f]/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

interface Named {
  readonly path: string;
  readonly at: Position;
  readonly what: string;
}

function locate(
  { files }: TrustFilesQuestion,
  { path, at, what }: Named,
): SourceFile | readonly Diagnostic[] {
  if (path === "") return [];
  if (!isUnderPolicies(path)) {
    return [
      errorAt(at, "policy-path", {
        message: `${what} names ${shown(path)}, which lies outside policies/.`,
        expected: "a path under policies/, without . and ..",
        hint: "put the file under policies/, where it is reviewed as policy",
      }),
    ];
  }
  const file = files.get(path);
  if (file?.symlink !== undefined) {
    return [
      errorAt(at, "policy-symlink", {
        message: `${what} names ${shown(path)}, which is a symbolic link.`,
        expected: "the file itself",
        hint: "put the file itself there",
      }),
    ];
  }
  if (file !== undefined) return file;
  return [
    errorAt(at, "policy-file-missing", {
      message: `${what} names ${shown(path)}, and there is no such file.`,
      expected: "a file of the same revision",
      hint: "add the file, or correct the path",
    }),
  ];
}

function checkRootFile(question: TrustFilesQuestion, root: TrustRoot): readonly Diagnostic[] {
  const { tree } = question.trust;
  const path = ["roots", root.name];
  const what = `The root ${shown(root.name)}`;
  const at = positionOf(tree, [...path, "file"]);
  const file = locate(question, { path: root.file, at, what });
  if (!("text" in file)) return file;
  const sha256 = createHash("sha256").update(file.text).digest("hex");
  const other =
    sha256 === root.sha256
      ? []
      : [
          errorAt(positionOf(tree, [...path, "sha256"]), "root-digest", {
            message: `${shown(root.file)} is not the file that sha256 names.`,
            expected: root.sha256,
            hint: `its SHA-256 is ${sha256}: look at what changed before writing that`,
          }),
        ];
  return isJsonObject(file.text)
    ? other
    : [
        ...other,
        errorAt(at, "root-not-json", {
          message: `${shown(root.file)} is no trusted root: it is not a JSON object.`,
          expected: "a trusted_root.json as Sigstore publishes it",
          hint: "run waybill trust update, or copy the file again",
        }),
      ];
}

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value);
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

function checkRootAge({ trust, now }: TrustFilesQuestion, root: TrustRoot): readonly Diagnostic[] {
  const fetched = parseTime(root.fetchedAt);
  if (fetched === undefined) return [];
  const at = positionOf(trust.tree, ["roots", root.name, "fetchedAt"]);
  const age = now.getTime() - fetched;
  if (age < 0) {
    return [
      errorAt(at, "root-from-future", {
        message: `The root ${shown(root.name)} says that it was fetched in the future.`,
        expected: "a time that has been",
        hint: "write when it was fetched",
      }),
    ];
  }
  if (root.maxAge === undefined || age <= root.maxAge) return [];
  const told = {
    message: `The root ${shown(root.name)} was fetched ${formatDuration(age)} ago, and is stale after ${formatDuration(root.maxAge)}.`,
    expected: `a root that was fetched within ${formatDuration(root.maxAge)}`,
    hint: "run waybill trust update where there is internet, and merge what it changes",
  };
  return [
    root.onStale === "fail" ? errorAt(at, "root-stale", told) : warningAt(at, "root-stale", told),
  ];
}

const PUBLIC_KEY =
  /^\s*-----BEGIN PUBLIC KEY-----\r?\n[A-Za-z0-9+/=\r\n]+-----END PUBLIC KEY-----\s*$/;

function checkKeyFile(
  question: TrustFilesQuestion,
  authority: string,
  key: AuthorityKey,
): readonly Diagnostic[] {
  const file = locate(question, {
    path: key.file,
    at: key.at,
    what: `The authority ${shown(authority)}`,
  });
  if (!("text" in file) || PUBLIC_KEY.test(file.text)) return "text" in file ? [] : file;
  const encrypted = /ENCRYPTED (?:SIGSTORE|COSIGN) PRIVATE KEY/.test(file.text);
  return [
    errorAt(key.at, "key-not-public", {
      message: `${shown(key.file)} holds no public key${encrypted ? ": it is cosign's encrypted private key" : ""}.`,
      expected: "one public key in PEM: -----BEGIN PUBLIC KEY-----",
      hint: encrypted
        ? "write the public half: cosign public-key --key FILE; and replace that key: it must be taken as known"
        : "write it with openssl pkey -in KEY -pubout, or cosign public-key --key KEY",
    }),
  ];
}
