import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import * as fromSource from "#desired";
import { compiledSchemas } from "../../scripts/compiled-schemas.ts";
import { API, digest, HEAD, POLICIES, versions } from "../support/promotions.ts";

const PROMOTION =
  HEAD +
  versions(
    `version: v1.5.0-rc.2, digest: "${digest(0x9a)}", channels: [dev, test]`,
    `version: v1.4.1, digest: "${digest(0x41)}", channels: [{ channel: prod, sites: [oslo] }]`,
    `version: 1.10, digest: "sha256:abc", state: gone, channels: [dev, dev]`,
  );

type Desired = typeof fromSource;

let folder: string;
let bundled: Desired;
let packages: readonly string[];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "waybill-compiled-"));
  const outfile = join(folder, "desired.mjs");
  const { metafile } = await build({
    entryPoints: ["src/desired/index.ts"],
    outfile,
    bundle: true,
    format: "esm",
    platform: "node",
    metafile: true,
    plugins: [compiledSchemas],
  });
  packages = Object.keys(metafile.inputs);
  bundled = (await import(pathToFileURL(outfile).href)) as Desired;
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe("the schemas that the bundle holds compiled", () => {
  it("come without the compiler", () => {
    expect(packages.filter((path) => path.includes("node_modules/ajv/dist/compile"))).toEqual([]);
  });

  it("say of every line that is missing or wrong what the schemas themselves say", () => {
    for (const { path, text } of [{ path: API, text: PROMOTION }, ...POLICIES]) {
      const texts = [text, ...mistakes(text)];
      const told = texts.map((broken) => toldBy(fromSource, path, broken));
      expect(new Set(told).size).toBeGreaterThan(text.split("\n").length / 2);
      expect(texts.map((broken) => toldBy(bundled, path, broken))).toEqual(told);
    }
  });
});

function toldBy({ readPromotions, readPolicies }: Desired, path: string, text: string): string {
  const files = [{ path, text }];
  const { diagnostics } = path === API ? readPromotions(files) : readPolicies(files);
  return JSON.stringify(diagnostics);
}

/** The file without each of its lines, with each key misspelt, and with each value of another type. */
function mistakes(text: string): readonly string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, at) =>
    [undefined, line.replace(/(\w+):/, "$1x:"), line.replace(/: .*$/, ": [7, 7]")].map((other) =>
      lines.toSpliced(at, 1, ...(other === undefined ? [] : [other])).join("\n"),
    ),
  );
}
