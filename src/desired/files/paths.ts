import type { Diagnostic } from "#model";
import { artifactOfPath } from "../documents/promotion.ts";
import { errorAt, warningAt } from "../diagnostics.ts";
import { suggestion } from "../nearest.ts";
import type { SourceFile } from "../yaml/read.ts";

/** The policy files that this version reads. */
export const POLICY_FILES = {
  sites: "policies/sites.yaml",
  channels: "policies/channels.yaml",
  registries: "policies/registries.yaml",
  trust: "policies/trust.yaml",
  revocations: "policies/revocations.yaml",
  owners: "policies/owners.yaml",
} as const;

/** Policy files of the design that this version does not read yet (design §3). */
const LATER_POLICIES: ReadonlySet<string> = new Set(["policies/retention.yaml"]);

/** What is wrong with where files lie: links that leave the tree or lead to a folder, and files that nothing would ever read. */
export function checkPaths(files: readonly SourceFile[]): readonly Diagnostic[] {
  return files.flatMap((file) => [...checkLink(file), ...checkRead(file.path)]);
}

function checkLink({ path, symlink }: SourceFile): readonly Diagnostic[] {
  if (symlink !== "outside") return [];
  return [
    errorAt(startOf(path), "symlink-outside", {
      message:
        "The path is a symbolic link out of the promotions repository, or to a folder; it was not followed.",
      expected: "a file or folder of the repository itself",
      hint: "put what it leads to here",
    }),
  ];
}

function checkRead(path: string): readonly Diagnostic[] {
  if (!/\.(?:ya?ml|json)$/i.test(path)) return [];
  if (path.startsWith("promotions/")) return checkPromotionPath(path);
  return /^policies\/[^/]+$/.test(path) ? checkPolicyPath(path) : [];
}

function checkPromotionPath(path: string): readonly Diagnostic[] {
  if (artifactOfPath(path) !== undefined) return [];
  return [
    errorAt(startOf(path), "file-not-read", {
      message: path.endsWith(".yaml")
        ? "The file lies directly in promotions/, where nothing reads it."
        : "The file's name does not end in .yaml, so nothing reads it.",
      expected: "promotions/<project>/<name>.yaml",
      hint: "move or rename it, or remove it",
    }),
  ];
}

function checkPolicyPath(path: string): readonly Diagnostic[] {
  const known = Object.values(POLICY_FILES);
  if (known.some((name) => name === path)) return [];
  if (LATER_POLICIES.has(path)) {
    return [
      warningAt(startOf(path), "policy-not-read", {
        message: "This version of waybill does not read this policy: its rules are not in force.",
        hint: "do not rely on it until a version reads it",
      }),
    ];
  }
  return [
    errorAt(startOf(path), "file-not-read", {
      message: "No policy has this file name, so nothing reads it.",
      expected: known.join(", "),
      hint: suggestion(path, [...known, ...LATER_POLICIES], "rename it, or remove it"),
    }),
  ];
}

function startOf(path: string): { file: string; line: number; column: number } {
  return { file: path, line: 1, column: 1 };
}
