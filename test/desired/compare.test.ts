import { describe, expect, it } from "vitest";
import { compareWithBase, readBase, readPromotions, type SourceFile } from "#desired";
import { API, digest, HEAD, spot, unmark, versions } from "../support/promotions.ts";

const D1 = `digest: "${digest(1)}"`;
const D2 = `digest: "${digest(2)}"`;

/** Compares two states of the file `promotions/payments/api.yaml`; undefined: the file is not there. */
function compare(base: string | undefined, current: string | undefined): readonly string[] {
  return told(base, current).map(({ diagnostic }) => spot(diagnostic));
}

function told(
  base: string | undefined,
  current: string | undefined,
): readonly { diagnostic: Parameters<typeof spot>[0] }[] {
  const now = readPromotions(fileOf(current)).documents;
  const before = readBase(fileOf(base), now);
  const found = compareWithBase({ current: now, base: before.documents });
  return [...before.diagnostics, ...found].map((diagnostic) => ({ diagnostic }));
}

function fileOf(text: string | undefined): readonly SourceFile[] {
  return text === undefined ? [] : [{ path: API, text }];
}

interface Row {
  readonly code: string;
  readonly base: string;
  readonly current: string;
}

const ROWS: readonly Row[] = [
  {
    code: "digest-changed",
    base: HEAD + versions(`version: v1.0.0, ${D1}, channels: [dev]`),
    current: HEAD + versions(`version: v1.0.0, digest: ¦"${digest(2)}", channels: [dev]`),
  },
  {
    code: "digest-changed",
    base: HEAD + versions(`version: v1.0.0, ${D1}`),
    current: HEAD + versions(`version: v1.0.0, digest: ¦"${digest(2)}"`),
  },
  {
    code: "kind-changed",
    base: HEAD + versions(`version: v1.0.0, ${D1}`),
    current: HEAD.replace("container-image", "¦helm-chart") + versions(`version: v1.0.0, ${D1}`),
  },
  {
    code: "kind-changed",
    base: `${HEAD}versions: []\n`,
    current: `${HEAD.replace("container-image", "¦helm-chart")}versions: []\n`,
  },
  {
    code: "state-went-back",
    base: HEAD + versions(`version: v1.0.0, ${D1}, state: retired`),
    current: HEAD + versions(`version: v1.0.0, ${D1}, state: ¦deprecated`),
  },
  {
    code: "state-went-back",
    base: HEAD + versions(`version: v1.0.0, ${D1}, state: deprecated`),
    current: `${HEAD}versions:\n  - ¦{ version: v1.0.0, ${D1} }\n`,
  },
  {
    code: "version-respelled",
    base: HEAD + versions(`version: v1.0.0, ${D1}`),
    current: HEAD + versions(`version: ¦1.0.0, ${D1}`),
  },
  {
    code: "line-removed",
    base: HEAD + versions(`version: v1.1.0, ${D2}`, `version: v1.0.0, ${D1}`),
    current: `${HEAD}¦${versions(`version: v1.1.0, ${D2}`)}`,
  },
  {
    code: "forget",
    base: HEAD + versions(`version: v1.1.0, ${D2}`, `version: v1.0.0, ${D1}, state: retired`),
    current: `${HEAD}¦${versions(`version: v1.1.0, ${D2}`)}`,
  },
];

describe("against the base", () => {
  it.for(ROWS.map((row) => [row.code, row] as const))("%s is told where it is", ([code, row]) => {
    const { text, marks } = unmark(row.current);
    expect(compare(row.base, text)).toEqual(marks.map((mark) => `${API}:${mark} ${code}`));
    expect(compare(row.base, row.base)).toEqual([]);
  });

  it("a line that goes names the command that would have retired it", () => {
    const base = HEAD + versions(`version: v1.0.0, ${D1}`);
    const [found] = told(base, `${HEAD}versions: []\n`);
    expect(found?.diagnostic.hint).toBe(
      "put the line back and run: waybill retire payments/api@v1.0.0 --reason TEXT",
    );
    expect(found?.diagnostic.severity).toBe("error");
  });

  it("a file that breaks off is told as that, and not as a line that went", () => {
    const base = HEAD + versions(`version: v1.0.0, ${D1}`);
    expect(compare(base, `${HEAD}versions: [\n`)).toEqual([]);
    expect(compare(base, `${HEAD}versions: ${"[".repeat(40)}${"]".repeat(40)}\n`)).toEqual([]);
    expect(compare(base, `${HEAD}versions: []\n`)).toEqual([`${API}:8:1 line-removed`]);
  });

  it("a file that goes with versions that were not retired is refused", () => {
    const base =
      HEAD + versions(`version: v1.1.0, ${D2}`, `version: v1.0.0, ${D1}, state: retired`);
    const [found] = told(base, undefined);
    expect(compare(base, undefined)).toEqual([`${API}:1:1 file-removed`]);
    expect(found?.diagnostic.hint).toBe(
      "put it back and run: waybill retire payments/api@v1.1.0 --reason TEXT",
    );
  });

  it("a file that goes with retired versions only is forgotten with a warning", () => {
    const [found, ...more] = told(
      HEAD + versions(`version: v1.0.0, ${D1}, state: retired`),
      undefined,
    );
    expect(found?.diagnostic).toMatchObject({
      file: API,
      line: 1,
      column: 1,
      code: "forget",
      severity: "warning",
    });
    expect(more).toEqual([]);
  });

  it.for([
    ["a line more", [`version: v1.1.0, ${D2}`, `version: v1.0.0, ${D1}, channels: [dev]`]],
    ["a channel more", [`version: v1.0.0, ${D1}, channels: [dev, test]`]],
    ["a channel less", [`version: v1.0.0, ${D1}`]],
    ["deprecation", [`version: v1.0.0, ${D1}, channels: [dev], state: deprecated`]],
    ["retirement", [`version: v1.0.0, ${D1}, state: retired`]],
  ] as const)("%s is what a pull request is for", ([, lines]) => {
    const base = HEAD + versions(`version: v1.0.0, ${D1}, channels: [dev]`);
    expect(compare(base, HEAD + versions(...lines))).toEqual([]);
  });

  it("order and comments of lines change nothing", () => {
    const a = `version: v1.1.0, ${D2}`;
    const b = `version: v1.0.0, ${D1}`;
    expect(compare(HEAD + versions(a, b), `# note\n${HEAD}${versions(b, a)}`)).toEqual([]);
  });

  it("what the tree cannot say because it is broken is not called removed", () => {
    const base = HEAD + versions(`version: v1.0.0, ${D1}`);
    expect(compare(base, HEAD + versions('version: v1.0.0, digest: "sha256:ab"'))).toEqual([]);
  });

  it("a base that does not parse is a warning, and is compared as far as it can be read", () => {
    const base = `${HEAD}versions:\n  - { version: v1.0.0, ${D1} }\n  - { version: v0.9.0, digest: [\n`;
    const current = HEAD + versions(`version: v1.0.0, ${D2}`);
    expect(compare(base, current)).toEqual([
      `${API}:1:1 base-unreadable`,
      `${API}:9:32 digest-changed`,
    ]);
    expect(told(base, current)[0]?.diagnostic.severity).toBe("warning");
  });

  it("a base of a form that is refused today is read without a word", () => {
    const base = `${HEAD}colour: red\n${versions(`version: v1.0.0, ${D1}, channels: [dev]`)}`;
    expect(compare(base, HEAD + versions(`version: v1.0.0, ${D1}, channels: [dev]`))).toEqual([]);
  });
});
