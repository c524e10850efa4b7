import { describe, expect, it } from "vitest";
import type { Diagnostic } from "#model";
import {
  diagnosticsCommands,
  diagnosticsCount,
  diagnosticsDocument,
  diagnosticsSarif,
  diagnosticsText,
  makeStyle,
} from "#report";

const later: Diagnostic = {
  file: "promotions/b.yaml",
  line: 2,
  column: 3,
  code: "digest-not-canonical",
  severity: "error",
  message: "50% of\nit: bad",
  expected: "sha256:…",
  hint: "write it in lower case",
};
const earlier: Diagnostic = {
  file: "promotions/a,b.yaml",
  line: 10,
  column: 1,
  code: "forget",
  severity: "warning",
  message: "gone",
};

describe("diagnostics", () => {
  it("are file:line:column: severity code: message, sorted, with what was expected and what to do", () => {
    expect(diagnosticsText([later, earlier], makeStyle(false))).toBe(
      [
        "promotions/a,b.yaml:10:1: warning forget: gone",
        "promotions/b.yaml:2:3: error digest-not-canonical: 50% of it: bad",
        "    expected: sha256:…",
        "    to do: write it in lower case",
        "",
      ].join("\n"),
    );
  });

  it("say severity in words where there is no colour, and in both where there is", () => {
    expect(diagnosticsText([earlier], makeStyle(true))).toContain("\u001b[33mwarning\u001b[39m");
  });

  it("are counted in words", () => {
    expect(diagnosticsCount([later, earlier, earlier])).toBe("1 error, 2 warnings");
  });

  it("are a document with its schema, optional fields left out", () => {
    expect(diagnosticsDocument([later, earlier])).toEqual({
      schema: "waybill.dev/diagnostics/v1",
      diagnostics: [earlier, later],
    });
  });

  it("are workflow commands, the worst first, that foreign text cannot end or forge", () => {
    expect(diagnosticsCommands([earlier, later])).toBe(
      [
        "::error file=promotions/b.yaml,line=2,col=3,title=digest-not-canonical::50%25 of it: bad Expected: sha256:…. To do: write it in lower case",
        "::warning file=promotions/a%2Cb.yaml,line=10,col=1,title=forget::gone",
        "",
      ].join("\n"),
    );
  });

  it("are SARIF 2.1.0 with a rule for each code", () => {
    const sarif = JSON.stringify(diagnosticsSarif([later, earlier], "1.2.3"));
    expect(JSON.parse(sarif)).toMatchObject({
      version: "2.1.0",
      runs: [
        {
          tool: {
            driver: {
              name: "waybill",
              version: "1.2.3",
              rules: [{ id: "digest-not-canonical" }, { id: "forget" }],
            },
          },
          results: [
            { ruleId: "forget", level: "warning" },
            {
              ruleId: "digest-not-canonical",
              locations: [{ physicalLocation: { region: { startLine: 2, startColumn: 3 } } }],
            },
          ],
        },
      ],
    });
  });
});
