import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDocument, commentMarkdown, readCheck, type CheckReport } from "#report";
import { digestOf, repo } from "../../support/state.ts";
import { exampleComment, exampleReport } from "./comments.ts";

const PLACE = {
  artifact: "payments/api",
  version: "v1.4.2",
  digest: digestOf("v1.4.2"),
  channel: "prod",
  site: "oslo",
  to: repo("registry.oslo.example.com/payments/api"),
};

/** A report that has something of everything. */
function whole(): CheckReport {
  return exampleReport({
    findings: [
      {
        file: "a.yaml",
        line: 3,
        column: 1,
        code: "a-code",
        severity: "warning",
        message: "so",
        hint: "do",
      },
    ],
    inPlace: [{ kind: "enters", ...PLACE, tags: ["v1.4.2"] }],
    desired: [{ kind: "moves", ...PLACE, tag: "stable", before: "v1.4.1" }],
    unread: [{ store: "registry.oslo.example.com", why: "no-rights" }],
    policy: {
      files: ["policies/trust.yaml"],
      turned: {
        compared: 3,
        turns: [
          {
            artifact: "payments/api",
            version: "v1.4.1",
            channel: "prod",
            environment: "eu",
            from: { trust: "verified", decision: "allow" },
            to: { trust: "failed_verification", decision: "refuse" },
            why: "it has no bill of materials",
          },
        ],
      },
    },
  });
}

/** Written to a file and read again, as from one job to the next. */
function carried(report: CheckReport): CheckReport | string {
  return readCheck(
    JSON.parse(JSON.stringify({ schema: "waybill.dev/plan/v1", check: checkDocument(report) })),
  );
}

describe("a check's document", () => {
  it("carries a report from the job that plans to the one that comments", () => {
    const report = carried(whole());
    if (typeof report === "string") throw new Error(report);
    const said = { ...exampleComment(), report: whole() };
    expect(commentMarkdown({ ...said, report })).toBe(commentMarkdown(said));
    expect(report.plan?.digest).toBe(whole().plan?.digest);
    expect(readCheck(JSON.parse(JSON.stringify(checkDocument(whole()))))).toEqual(report);
  });

  it("carries one that planned nothing", () => {
    const report = exampleReport({ plan: undefined, result: "invalid" });
    expect(carried(report)).toMatchObject({ result: "invalid", plan: undefined });
  });

  it.for<readonly [string, unknown]>([
    ["nothing", undefined],
    ["a text", "x"],
    ["a list", []],
    ["another schema", { schema: "waybill.dev/plan/v1" }],
    ["members that are inherited", JSON.parse('{"__proto__":{"schema":"waybill.dev/check/v1"}}')],
  ])("is none: %s", ([, document]) => {
    expect(readCheck(document)).toMatch(/^the check's document is not one: /);
  });

  it("never gives a page that cannot be written, whatever was changed in it", () => {
    const paths = pathsOf(checkDocument(whole()));
    const wrong = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom("</details>", "@team", -1, 1e21),
    );
    fc.assert(
      fc.property(fc.constantFrom(...paths), wrong, (path, value) => {
        const document: unknown = JSON.parse(JSON.stringify(checkDocument(whole())));
        put(document, path, value);
        const report = readCheck(document);
        if (typeof report !== "string")
          expect(commentMarkdown(exampleComment({ report })).length).toBeLessThan(65_001);
      }),
      { numRuns: 200 },
    );
  });
});

type Path = readonly string[];

function pathsOf(value: unknown, at: Path = []): readonly Path[] {
  if (typeof value !== "object" || value === null) return [at];
  return [
    at,
    ...Object.entries(value).flatMap(([key, item]) => pathsOf(item, [...at, key])),
  ].filter((path) => path.length > 0);
}

function put(root: unknown, path: Path, value: unknown): void {
  let at = root;
  for (const key of path.slice(0, -1)) at = Reflect.get(Object(at), key);
  Reflect.set(Object(at), path.at(-1) ?? "", value);
}
