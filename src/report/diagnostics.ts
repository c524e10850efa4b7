import { sortDiagnostics, type Diagnostic, type Json } from "#model";
import { plain } from "./plain-text.ts";
import { sentences } from "./github/commands.ts";
import { count } from "./quantities.ts";
import type { Style } from "./style.ts";

/** Diagnostics for a terminal: `file:line:column: severity code: message`, then what was expected and what to do. */
export function diagnosticsText(diagnostics: readonly Diagnostic[], style: Style): string {
  const lines = sortDiagnostics(diagnostics).flatMap((diagnostic) => {
    const { file, line, column, severity, code, message, expected, hint } = diagnostic;
    const word = severity === "error" ? style.red("error") : style.yellow("warning");
    return [
      `${style.bold(`${plain(file)}:${line}:${column}`)}: ${word} ${code}: ${plain(message)}`,
      ...(expected === undefined ? [] : [`    expected: ${plain(expected)}`]),
      ...(hint === undefined ? [] : [`    ${style.dim("to do:")} ${plain(hint)}`]),
    ];
  });
  return lines.map((line) => `${line}\n`).join("");
}

/** How many mistakes and doubts there are, in words. */
export function diagnosticsCount(diagnostics: readonly Diagnostic[]): string {
  const errors = diagnostics.filter((diagnostic) => diagnostic.severity === "error").length;
  return `${count(errors, "error")}, ${count(diagnostics.length - errors, "warning")}`;
}

/** `waybill.dev/diagnostics/v1` (contract §5), sorted by file, line, column and code. */
export function diagnosticsDocument(diagnostics: readonly Diagnostic[]): Json {
  return {
    schema: "waybill.dev/diagnostics/v1",
    diagnostics: sortDiagnostics(diagnostics).map(
      ({ code, severity, file, line, column, message, expected, hint }) => ({
        code,
        severity,
        file,
        line,
        column,
        message,
        ...(expected === undefined ? {} : { expected }),
        ...(hint === undefined ? {} : { hint }),
      }),
    ),
  };
}

/** Diagnostics as SARIF 2.1.0, for code scanning. */
export function diagnosticsSarif(diagnostics: readonly Diagnostic[], version: string): Json {
  const sorted = sortDiagnostics(diagnostics);
  const rules = [...new Set(sorted.map((diagnostic) => diagnostic.code))].toSorted();
  return {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "waybill",
            version,
            informationUri: "https://waybill.dev",
            rules: rules.map((id) => ({ id })),
          },
        },
        results: sorted.map((diagnostic) => ({
          ruleId: diagnostic.code,
          level: diagnostic.severity,
          message: { text: sentences(diagnostic) },
          locations: [
            {
              physicalLocation: {
                artifactLocation: { uri: encodeURI(diagnostic.file), uriBaseId: "%SRCROOT%" },
                region: { startLine: diagnostic.line, startColumn: diagnostic.column },
              },
            },
          ],
        })),
      },
    ],
  };
}
