import { describe, expect, it } from "vitest";
import { checkClaims } from "../../../src/desired/kpromo/check-claims.ts";
import { checkTagMoves } from "../../../src/desired/kpromo/check-tag-moves.ts";
import { readKpromo } from "../../../src/desired/kpromo/read-kpromo.ts";
import type { SourceFile } from "../../../src/desired/yaml/read.ts";
import { digest, folder, images, manifest } from "./files.ts";

const A = digest("a");
const B = digest("b");

function image(name: string, ...entries: readonly string[]): string {
  return `- name: ${name}\n  dmap:\n${entries.map((entry) => `    ${entry}\n`).join("")}`;
}

function claims(...files: readonly (readonly SourceFile[])[]): readonly string[] {
  const { artifacts, diagnostics } = readKpromo(files.flat());
  expect(diagnostics).toEqual([]);
  return checkClaims(artifacts).map(
    ({ file, line, column, code }) => `${file}:${line}:${column} ${code}`,
  );
}

describe("claims between manifests", () => {
  it("on one tag for two digests are told of once, however many destinations overlap", () => {
    const first = folder("a", image("app", `"${A}": [v1]`));
    const second = folder("b", image("app", `"${A}": [v0]`, `"${B}": [v1, v2]`));
    expect(claims(first, second)).toEqual(["images/b/images.yaml:4:5 tag-clash"]);
  });

  it("on one tag for one digest are harmless, and so are digests without tags", () => {
    expect(
      claims(
        folder("a", image("app", `"${A}": [v1]`, `"${B}": []`)),
        folder("b", image("app", `"${A}": [v1]`)),
      ),
    ).toEqual([]);
  });

  it("meet where paths nest, by the exact repository (pt#1948)", () => {
    const outer = [
      manifest("a", "gcr.io/a", ["eu.gcr.io/prod"]),
      images("a", image("sub/app", `"${A}": [v1]`)),
    ];
    const inner = [
      manifest("b", "gcr.io/b", ["eu.gcr.io/prod/sub"]),
      images("b", image("app", `"${B}": [v1]`)),
    ];
    const apart = [
      manifest("c", "gcr.io/c", ["eu.gcr.io/prod/su"]),
      images("c", image("b/app", `"${B}": [v1]`)),
    ];
    expect(claims(outer, inner)).toEqual(["images/b/images.yaml:3:5 tag-clash"]);
    expect(claims(outer, apart)).toEqual([]);
  });

  it("on a place that is another's source are refused", () => {
    const from = [
      manifest("a", "gcr.io/a", ["eu.gcr.io/prod"]),
      images("a", image("app", `"${A}": [v1]`)),
    ];
    const chain = [
      manifest("b", "eu.gcr.io/prod", ["us.gcr.io/prod"]),
      images("b", image("app", `"${A}": [v1]`)),
    ];
    expect(claims(from, chain)).toEqual(["images/a/images.yaml:1:9 place-is-source"]);
  });

  it("meet where one host is written in two ways", () => {
    const outer = [
      manifest("a", "gcr.io/a", ["eu.gcr.io/prod"]),
      images("a", image("app", `"${A}": [v1]`)),
    ];
    const other = [
      manifest("b", "gcr.io/b", ["EU.gcr.io:443/prod"]),
      images("b", image("app", `"${B}": [v1]`)),
    ];
    const chain = [
      manifest("c", "eu.gcr.io:443/prod", ["us.gcr.io/prod"]),
      images("c", image("app", `"${A}": [v1]`)),
    ];
    expect(claims(outer, other)).toEqual(["images/b/images.yaml:3:5 tag-clash"]);
    expect(claims(outer, chain)).toEqual(["images/a/images.yaml:1:9 place-is-source"]);
  });

  it("on one id are refused", () => {
    const one = [
      manifest("a/b", "gcr.io/a", ["eu.gcr.io/x"]),
      images("a/b", image("c", `"${A}": [v1]`)),
    ];
    const other = [
      manifest("a", "gcr.io/b", ["eu.gcr.io/y"]),
      images("a", image("b/c", `"${A}": [v1]`)),
    ];
    expect(claims(one, other)).toEqual(["images/a/b/images.yaml:1:9 duplicate-artifact"]);
  });
});

function movesOf(base: string, now: string): readonly string[] {
  const { artifacts } = readKpromo(folder("p", now));
  return checkTagMoves(folder("p", base), artifacts).map(
    ({ line, column, code }) => `${line}:${column} ${code}`,
  );
}

describe("a tag against the base", () => {
  it("003-14 does not move to another digest", () => {
    const before = image("app", `"${A}": [v1, v2]`);
    expect(movesOf(before, image("app", `"${A}": [v1]`, `"${B}": [v2]`))).toEqual([
      "4:5 tag-moved",
    ]);
  });

  it("is not held to a base that nobody could read", () => {
    expect(movesOf("- broken: [", image("app", `"${A}": [v1]`))).toEqual([]);
  });

  it("may be added, left out, and stand in another order", () => {
    const before = image("app", `"${A}": [v1, v2]`, `"${B}": [v3]`);
    expect(movesOf(before, image("app", `"${B}": [v4, v3]`, `"${A}": [v2]`))).toEqual([]);
    expect(movesOf(before, image("other", `"${B}": [v1]`))).toEqual([]);
  });
});
