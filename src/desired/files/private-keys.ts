import type { Diagnostic } from "#model";
import { errorAt } from "../diagnostics.ts";
import type { SourceFile } from "../yaml/read.ts";

/** What private keys begin with: PEM of every kind (cosign's too), OpenPGP, age, minisign. */
const KEYS: readonly (readonly [what: string, mark: RegExp])[] = [
  ["a PEM private key", /-----BEGIN (?:[A-Z0-9]+ ){0,4}PRIVATE KEY(?: BLOCK)?-----/],
  ["an age secret key", /AGE-SECRET-KEY-1[0-9A-Z]{20}/],
  ["a minisign secret key", /untrusted comment: .{0,80}\b(?:encrypted )?secret key/],
];

/** Refuses private key material in the tree, whatever the file is; what was found is not repeated. */
export function checkPrivateKeys(files: readonly SourceFile[]): readonly Diagnostic[] {
  return files.flatMap(({ path, text }) =>
    KEYS.flatMap(([what, mark]) => {
      const index = text.search(mark);
      if (index < 0) return [];
      const before = text.slice(0, index).split("\n");
      const at = { file: path, line: before.length, column: (before.at(-1) ?? "").length + 1 };
      return [
        errorAt(at, "private-key", {
          message: `The file holds ${what}.`,
          expected: "no private key in a promotions repository",
          hint: "remove it from the history too, and replace the key: it must be taken as known",
        }),
      ];
    }),
  );
}
