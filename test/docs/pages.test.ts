import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { describe, expect, it } from "vitest";
import { runProgram } from "../../src/cli/program.ts";
import type { Shell } from "../../src/cli/shell.ts";

const PAGES = [
  ...readdirSync(".").filter((name) => name.endsWith(".md")),
  ...readdirSync("docs", { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => `docs/${name}`),
].toSorted();

describe("a page of the documentation", () => {
  it.for(PAGES.map((page) => [page] as const))("leads only to what is there: %s", ([page]) => {
    expect(brokenLinks(page, readFileSync(page, "utf8"))).toEqual([]);
  });

  it("with a link to nowhere is found", () => {
    const text =
      "# A\n[a](nowhere.md) [b](README.md#no-such-heading) [c](#a) [d](README.md#waybill)";
    expect(brokenLinks("CHANGELOG.md", text)).toEqual(["nowhere.md", "README.md#no-such-heading"]);
  });

  it("docs/threat-model.md names tests that exist", () => {
    const text = readFileSync("docs/threat-model.md", "utf8");
    const named = [...text.matchAll(/\(\.\.\/(test\/[^)]+)\): "([^"]+)"/g)];
    expect(named.length).toBeGreaterThan(5);
    const missing = named.filter(
      ([, file = "", name = ""]) => !readFileSync(file, "utf8").includes(`"${name}"`),
    );
    expect(missing.map(([all]) => all)).toEqual([]);
  });

  it("001-28 docs/trust.md sets right what people believe, and README.md leads to it", () => {
    const [, section = ""] = readFileSync("docs/trust.md", "utf8").split("\n## Misconceptions\n");
    const rows = (section.split("\n## ")[0] ?? "")
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split("|").map((cell) => cell.trim()))
      .slice(2);
    expect(rows.length).toBeGreaterThanOrEqual(10);
    expect(rows.filter(([, said = "", but = ""]) => said === "" || but.length < 40)).toEqual([]);
    expect(readFileSync("README.md", "utf8")).toContain("(docs/trust.md)");
  });

  it.for([["README.md"], ["docs/contract.md"]] as const)(
    "%s lists the verbs that exist, and no other",
    async ([page]) => {
      const [, section = ""] = readFileSync(page, "utf8").split("\n## Verbs\n");
      const rows = [...(section.split("\n## ")[0] ?? "").matchAll(/^\| `([a-z-]+)/gm)];
      expect(rows.map(([, verb]) => verb)).toEqual(await verbs());
    },
  );
});

/** Relative links whose file or heading does not exist. */
function brokenLinks(page: string, text: string): readonly string[] {
  const links = [...text.matchAll(/\]\(([^()\s]+)\)/g)].map(([, link]) => link ?? "");
  return links.filter((link) => {
    if (/^[a-z]+:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const file = path === "" ? page : normalize(join(dirname(page), path));
    if (!existsSync(file)) return true;
    if (anchor === undefined) return false;
    return !anchorsOf(file === page ? text : readFileSync(file, "utf8")).includes(anchor);
  });
}

/** Headings as GitHub names them. */
function anchorsOf(text: string): readonly string[] {
  return [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    (heading ?? "")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s-]/gu, "")
      .trim()
      .replaceAll(" ", "-"),
  );
}

async function verbs(): Promise<readonly string[]> {
  let help = "";
  const shell: Shell = {
    env: {},
    folder: ".",
    interactive: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: 80,
    now: () => new Date(0),
    out: (text) => (help += text),
    err: (text) => (help += text),
    ask: async () => Promise.resolve(""),
  };
  expect(await runProgram(["--help"], shell, AbortSignal.timeout(10_000))).toBe(0);
  const listed = [...help.slice(help.indexOf("Commands:")).matchAll(/^ {2}([a-z-]+) /gm)];
  return listed.flatMap(([, verb]) => (verb === undefined || verb === "help" ? [] : [verb]));
}
