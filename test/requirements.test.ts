import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** The rows that the engine claims. */
const CLAIMED =
  "000-01 000-03 000-04 000-05 000-08 000-10 000-11 000-14 000-18 000-19 000-20 000-21 000-22 000-27 000-30 001-01 001-03 001-04 001-05 001-07 001-08 001-09 001-10 001-11 001-12 001-14 001-15 001-16 001-17 001-18 001-23 001-26 001-28 001-29 002-02 002-04 002-05 002-07 002-08 002-11 002-12 002-15 002-18 002-20 002-23 002-24 002-28 002-30 002-31 002-33 002-34 002-35 002-36 002-37 002-38 002-43 002-44 002-45 002-49 002-50 002-55 002-57 002-58 002-61 002-62 002-63 002-64 002-65 002-71 002-76 002-77 002-78 002-79 002-81 002-84 002-89 002-90 003-03 003-04 003-05 003-06 003-07 003-08 003-09 003-10 003-11 003-12 003-13 003-14 003-15 003-16 003-17 003-18 003-19 003-20 003-21 003-22 003-23 003-24 003-25 003-26 003-27 003-28 003-29 003-30 003-31 003-32 003-33 003-34 003-36 003-37 003-39 004-02 004-08 004-09 004-11 004-12 004-13".split(
    " ",
  );

/** How many rows each source of the register has. */
const ROWS_OF: Readonly<Record<string, number>> = {
  "000": 34,
  "001": 29,
  "002": 90,
  "003": 40,
  "004": 15,
};

interface Row {
  readonly id: string;
  readonly places: readonly string[];
  readonly proofs: readonly Proof[];
}

interface Proof {
  readonly file: string;
  readonly name: string;
}

const ROWS: readonly Row[] = rowsIn(readFileSync("docs/requirements.md", "utf8"));

describe("docs/requirements.md", () => {
  it("has exactly the rows that are claimed, in order", () => {
    expect(ROWS.map(({ id }) => id)).toEqual(CLAIMED);
  });

  it.for(ROWS.map((row) => [row.id, row] as const))(
    "says of %s where it lives and which test proves it",
    ([id, { places, proofs }]) => {
      expect(places.filter((place) => !existsSync(place))).toEqual([]);
      expect(places.length * proofs.length).toBeGreaterThan(0);
      expect(proofs.filter((proof) => !proves(id, proof))).toEqual([]);
    },
  );

  it("would not believe a test that does not exist or does not cite the id", () => {
    const file = "test/policy/steps.test.ts";
    const name = "003-39 the order is data: other channels, another order";
    expect(proves("003-39", { file, name })).toBe(true);
    expect(proves("003-39", { file, name: `${name}!` })).toBe(false);
    expect(proves("003-38", { file, name })).toBe(false);
    expect(proves("003-39", { file: "test/policy/none.test.ts", name })).toBe(false);
  });
});

describe("ids that tests cite", () => {
  it("are ids of the register", () => {
    const cited = testFiles().flatMap((file) =>
      idsIn(readFileSync(file, "utf8")).map((id) => `${file} ${id}`),
    );
    expect(cited.length).toBeGreaterThan(CLAIMED.length);
    expect(cited.filter((text) => !isInRegister(text.split(" ")[1] ?? ""))).toEqual([]);
  });

  it("are found at the start of a name, all of them", () => {
    expect(idsIn('it("003-14 9-1 x")')).toEqual(["003-14"]);
    expect(idsIn('it("003-14 009-77 x", () => "2026-12-01")')).toEqual(["003-14", "009-77"]);
    expect(["003-14", "009-77", "004-16", "000-00"].map(isInRegister)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });
});

function rowsIn(text: string): readonly Row[] {
  const lines = text.split("\n").filter((line) => /^\| \d/.test(line));
  return lines.map((line) => {
    const [, id = "", , places = "", proofs = ""] = line.split("|").map((cell) => cell.trim());
    return {
      id,
      places: places.split(", "),
      proofs: [...proofs.matchAll(/(test\/[^ ]+): "([^"]+)"/g)].map(([, file = "", name = ""]) => ({
        file,
        name,
      })),
    };
  });
}

/** A literal of that name stands in the file, and cites the id. */
function proves(id: string, { file, name }: Proof): boolean {
  if (!existsSync(file) || !name.split(" ").includes(id)) return false;
  return readFileSync(file, "utf8").includes(`"${name}"`);
}

function idsIn(text: string): readonly string[] {
  const names = [...text.matchAll(/["'`]((?:\d{3}-\d{2} )+)/g)];
  return names.flatMap(([, ids = ""]) => ids.trim().split(" "));
}

function isInRegister(id: string): boolean {
  const [source = "", row = ""] = id.split("-");
  const number = Number(row);
  return number >= 1 && number <= (ROWS_OF[source] ?? 0);
}

function testFiles(): readonly string[] {
  return readdirSync("test", { recursive: true, encoding: "utf8" })
    .filter((path) => path.endsWith(".ts"))
    .map((path) => join("test", path))
    .filter((path) => path !== join("test", "requirements.test.ts"));
}
