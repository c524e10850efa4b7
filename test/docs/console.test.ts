import { describe, expect, it } from "vitest";
import { bundled } from "../support/bundle.ts";
import { CONSOLE_PAGES, readPage, withRealOutput } from "../../scripts/docs/console.ts";

/** Some pages run a dozen processes, on machines that do other things too. */
const PATIENCE_MS = 120_000;

describe("a command in the documentation", () => {
  it.for(CONSOLE_PAGES.map((page) => [page] as const))(
    "prints what %s says (else run: npm run docs:console)",
    { timeout: PATIENCE_MS },
    ([page]) => {
      const text = readPage(page);
      expect(withRealOutput(text, bundled("waybill"))).toBe(text);
    },
  );

  it("that prints something else than its page says is found", { timeout: PATIENCE_MS }, () => {
    const text = "```console\n$ echo two\none\n\n$ false\n$ echo $?\n0\n```\n";
    expect(withRealOutput(text, bundled("waybill"))).toBe(
      "```console\n$ echo two\ntwo\n\n$ false\n$ echo $?\n1\n```\n",
    );
  });
});
