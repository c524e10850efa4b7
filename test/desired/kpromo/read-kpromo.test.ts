import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readKpromo } from "../../../src/desired/kpromo/read-kpromo.ts";
import { scanImages } from "../../../src/desired/kpromo/scan-images.ts";
import { digest, folder, images, manifest } from "./files.ts";

const VECTORS = fileURLToPath(new URL("../../../../shared/vectors/kpromo/", import.meta.url));
const hasVectors = existsSync(VECTORS);
if (!hasVectors) console.warn(`not run: a real kpromo project, because there is no ${VECTORS}`);

const A = digest("a");
const B = digest("b");
const C = digest("c");

function codes(files: Parameters<typeof readKpromo>[0]): readonly string[] {
  return readKpromo(files).diagnostics.map(
    ({ file, line, column, severity, code }) => `${file}:${line}:${column} ${severity} ${code}`,
  );
}

describe("kpromo's thin manifests", () => {
  const reading = readKpromo([
    manifest("k8s-staging-app", "gcr.io/k8s-staging-app", ["us.gcr.io/prod", "eu.gcr.io/prod/sub"]),
    images(
      "k8s-staging-app",
      `- name: app\n  dmap:\n    "${A}": ["v1.0.0", "stable"]\n    "${B}": []\n- name: tools/cli\n  dmap:\n    ${C}:\n    - 1.10\n`,
    ),
  ]);

  it("004-11 become one artifact an image, sorted by id", () => {
    expect(reading.diagnostics).toEqual([]);
    expect(
      reading.artifacts.map(({ id, project, name, source }) => [id, project, name, source]),
    ).toEqual([
      ["k8s-staging-app/app", "k8s-staging-app", "app", "gcr.io/k8s-staging-app/app"],
      [
        "k8s-staging-app/tools/cli",
        "k8s-staging-app",
        "tools/cli",
        "gcr.io/k8s-staging-app/tools/cli",
      ],
    ]);
    expect(reading.artifacts[0]).toMatchObject({
      kind: "container-image",
      origin: "kpromo",
      sourceType: "oci",
    });
  });

  it("003-14 name each digest by its first tag, or by itself", () => {
    const lines = reading.artifacts.flatMap((artifact) => artifact.lines);
    expect(lines.map((line) => [line.version, line.digest])).toEqual([
      ["v1.0.0", A],
      [B, B],
      ["1.10", C],
    ]);
    expect(lines[1]?.at).toEqual({
      file: "images/k8s-staging-app/images.yaml",
      line: 4,
      column: 5,
    });
    expect(lines[0]?.channels).toMatchObject([
      { channel: "kpromo", environment: undefined, sites: undefined },
    ]);
  });

  it("have a place at each destination, named as written and sorted, the path prefix before the image", () => {
    expect(reading.artifacts[1]?.places).toMatchObject([
      {
        channel: "kpromo",
        site: "eu.gcr.io/prod/sub",
        required: true,
        repository: "eu.gcr.io/prod/sub/tools/cli",
        leaves: [],
      },
      {
        channel: "kpromo",
        site: "us.gcr.io/prod",
        required: true,
        repository: "us.gcr.io/prod/tools/cli",
        leaves: [],
      },
    ]);
    expect(reading.artifacts[0]?.places[0]?.wants.map((want) => want.tags)).toEqual([
      ["v1.0.0", "stable"],
      [],
    ]);
  });

  it("cost no want a destination: all places of an image share theirs", () => {
    const [first, second] = reading.artifacts[0]?.places ?? [];
    expect(first?.wants).toBeDefined();
    expect(first?.wants).toBe(second?.wants);
  });

  it("are exact where one destination's path begins with another's (pt#1948)", () => {
    const nested = readKpromo([
      manifest("p", "gcr.io/p", ["eu.gcr.io/prod", "eu.gcr.io/prod/kubernetes"]),
      images(
        "p",
        `- name: etcd\n  dmap:\n    "${A}": ["v1"]\n- name: kubernetes/etcd\n  dmap:\n    "${B}": ["v2"]\n`,
      ),
    ]);
    expect(nested.diagnostics).toEqual([]);
    expect(
      nested.artifacts.map((artifact) => artifact.places.map((place) => place.repository)),
    ).toEqual([
      ["eu.gcr.io/prod/etcd", "eu.gcr.io/prod/kubernetes/etcd"],
      ["eu.gcr.io/prod/kubernetes/etcd", "eu.gcr.io/prod/kubernetes/kubernetes/etcd"],
    ]);
  });

  it("may spell a host in capitals and end in a slash, as kpromo allows", () => {
    const { artifacts, diagnostics } = readKpromo([
      manifest("p", "GCR.io/p/", ["EU.gcr.io/prod/"]),
      images("p", `- name: a\n  dmap:\n    "${A}": []\n`),
    ]);
    expect(diagnostics).toEqual([]);
    expect(artifacts[0]).toMatchObject({
      source: "gcr.io/p/a",
      places: [{ site: "EU.gcr.io/prod/", repository: "eu.gcr.io/prod/a" }],
    });
  });

  it("may have service accounts, a path that means nothing any more, comments, and images still to come", () => {
    const files = [
      {
        path: "manifests/a/b/promoter-manifest.yaml",
        text: "# who may\nregistries:\n- name: gcr.io/s # from\n  src: true\n  service-account: x@y\n- name: gcr.io/d\n  src: false\n  service-account: x@y\nimagesPath: ../images.yaml\n",
      },
      images("a/b", "# none yet\n"),
    ];
    expect(readKpromo(files)).toEqual({ artifacts: [], diagnostics: [] });
  });

  it("leave files of other names alone", () => {
    expect(
      readKpromo([
        { path: "promotions/a/b.yaml", text: "{" },
        { path: "images/a/OWNERS", text: "{" },
      ]),
    ).toEqual({ artifacts: [], diagnostics: [] });
  });

  it("are not read through a link that leaves the tree", () => {
    const files = folder("p", "- broken: [\n").map(
      (file) => ({ ...file, symlink: "outside" }) as const,
    );
    expect(readKpromo(files)).toEqual({ artifacts: [], diagnostics: [] });
  });

  it("list no place for an image without a digest", () => {
    expect(readKpromo(folder("p", "- name: a\n")).artifacts).toMatchObject([
      { id: "p/a", lines: [], places: [] },
    ]);
  });

  it.skipIf(!hasVectors)(
    "004-11 are read unchanged: a real project, 17 digests at 40 destinations",
    () => {
      const paths = [
        "manifests/k8s-staging-etcd/promoter-manifest.yaml",
        "images/k8s-staging-etcd/images.yaml",
      ];
      const files = paths.map((path) => ({ path, text: readFileSync(VECTORS + path, "utf8") }));
      const { artifacts, diagnostics } = readKpromo(files);
      expect(diagnostics).toEqual([]);
      expect(artifacts.map(({ id, lines, places }) => [id, lines.length, places.length])).toEqual([
        ["k8s-staging-etcd/etcd", 16, 40],
        ["k8s-staging-etcd/etcd-empty-dir-cleanup", 1, 40],
      ]);
      const repositories = artifacts.flatMap((artifact) =>
        artifact.places.map((place) => place.repository),
      );
      expect(new Set(repositories).size).toBe(80);
      expect(files.flatMap((file) => scanImages(file) ?? [])).toHaveLength(1);
    },
  );
});

const IMAGE = `- name: a\n  dmap:\n    "${A}": ["v1"]\n`;

describe("mistakes in an images file", () => {
  it.for([
    ["a short digest", `- name: a\n  dmap:\n    "sha256:ab": ["v1"]\n`, ["3:5 error digest-form"]],
    [
      "capital hex",
      `- name: a\n  dmap:\n    "${A.toUpperCase()}": ["v1"]\n`,
      ["3:5 error digest-form"],
    ],
    [
      "a tag that is none",
      `- name: a\n  dmap:\n    "${A}": ["ok", "-no", "b/c"]\n`,
      ["3:87 error tag-form", "3:94 error tag-form"],
    ],
    [
      "one tag on two digests",
      `- name: a\n  dmap:\n    "${A}": ["v1"]\n    "${B}": ["x", "v1"]\n`,
      ["4:86 error tag-clash"],
    ],
    [
      "one tag twice on a digest",
      `- name: a\n  dmap:\n    "${A}": ["v1", "v1"]\n`,
      ["3:87 warning duplicate-tag"],
    ],
    [
      "a digest twice",
      `- name: a\n  dmap:\n    "${A}": ["v1"]\n    "${A}": ["v2"]\n`,
      ["4:5 error duplicate-key"],
    ],
    [
      "an image twice",
      `${IMAGE}- name: a\n  dmap:\n    "${B}": ["v2"]\n`,
      ["4:9 error duplicate-image"],
    ],
    ["a name that is no path", `- name: A b\n  dmap: {}\n`, ["1:9 error name-form"]],
    ["no name", `- dmap:\n    "${A}": ["v1"]\n`, ["1:3 error missing-key"]],
    ["a name that is a list", `- name: [a]\n`, ["1:9 error wrong-type"]],
    ["an unknown key", `- name: a\n  dmaps: {}\n`, ["2:3 error unknown-key"]],
    ["tags that are no list", `- name: a\n  dmap:\n    "${A}": v1\n`, ["3:80 error wrong-type"]],
    [
      "a tag that is a map",
      `- name: a\n  dmap:\n    "${A}": [{ v: 1 }]\n`,
      ["3:81 error wrong-type"],
    ],
    ["a dmap that is a list", `- name: a\n  dmap: [1]\n`, ["2:9 error wrong-type"]],
    ["a file that is a map", `images: []\n`, ["1:1 error wrong-type"]],
    ["an image that is a word", `- etcd\n`, ["1:3 error wrong-type"]],
    ["broken YAML", `- name: "a\n`, ["2:1 error yaml-syntax"]],
    ["an alias", `- name: &n a\n- name: *n\n`, ["2:9 error yaml-alias"]],
  ] as const)("%s is told of where it stands", ([, text, expected]) => {
    expect(codes(folder("p", text))).toEqual(expected.map((at) => `images/p/images.yaml:${at}`));
  });

  it("are all told of at once, and say what to do", () => {
    const { diagnostics } = readKpromo(
      folder("p", `- nam: a\n- name: B\n  dmap:\n    "sha256:0": ["!"]\n`),
    );
    expect(diagnostics.map(({ code }) => code)).toEqual([
      "unknown-key",
      "missing-key",
      "name-form",
      "tag-form",
      "digest-form",
    ]);
    expect(diagnostics[0]?.hint).toBe('did you mean "name"?');
    for (const { message, hint } of diagnostics)
      expect([message, hint].join("")).not.toMatch(/undefined/);
  });

  it("stop themselves and not the rest (promise 7)", () => {
    const { artifacts } = readKpromo(
      folder("p", `- name: b\n  dmap:\n    "sha256:0": ["v1"]\n    "${A}": ["v2"]\n${IMAGE}`),
    );
    expect(artifacts.map(({ id, lines }) => [id, lines.map((line) => line.version)])).toEqual([
      ["p/a", ["v1"]],
      ["p/b", ["v2"]],
    ]);
  });

  it("of size are told of without reading it", () => {
    expect(codes(folder("p", `# ${"x".repeat(16 * 1024 * 1024)}\n`))).toEqual([
      "images/p/images.yaml:1:1 error file-too-large",
    ]);
  });
});

describe("mistakes in a manifest", () => {
  const SOURCE = "- name: gcr.io/s\n  src: true\n";
  it.for([
    ["no source", "registries:\n- name: gcr.io/d\n", ["1:1 error no-source"]],
    [
      "two sources",
      `registries:\n${SOURCE}- name: gcr.io/d\n  src: true\n`,
      ["4:9 error several-sources"],
    ],
    ["nothing at all", "", ["1:1 error no-source"]],
    ["no name", `registries:\n${SOURCE}- service-account: a@b\n`, ["4:3 error missing-key"]],
    [
      "a name that is no registry",
      `registries:\n${SOURCE}- name: https://gcr.io/d\n`,
      ["4:9 error address-form"],
    ],
    [
      "a name that is a layout",
      `registries:\n${SOURCE}- name: oci-layout:./x\n`,
      ["4:9 error address-form"],
    ],
    [
      "a source that is no registry",
      `registries:\n- name: nowhere\n  src: true\n`,
      ["2:9 error address-form"],
    ],
    [
      "a mark that is no boolean",
      `registries:\n${SOURCE}- name: gcr.io/d\n  src: "yes"\n`,
      ["5:8 error wrong-type"],
    ],
    [
      "unknown keys",
      `registry: []\nregistries:\n${SOURCE}- name: gcr.io/d\n  token: x\n`,
      ["1:1 error unknown-key", "6:3 error unknown-key"],
    ],
    [
      "one place twice",
      `registries:\n${SOURCE}- name: gcr.io/d\n- name: GCR.io/d/\n`,
      ["5:9 error duplicate-destination"],
    ],
    [
      "the source as a destination",
      `registries:\n${SOURCE}- name: gcr.io/s\n`,
      ["4:9 error place-is-source"],
    ],
    ["a list", SOURCE, ["1:1 error wrong-type", "1:1 error no-source"]],
    [
      "registries that are a map",
      "registries: {}\n",
      ["1:13 error wrong-type", "1:1 error no-source"],
    ],
    ["a registry that is a word", `registries:\n${SOURCE}- gcr.io/d\n`, ["4:3 error wrong-type"]],
    [
      "a policy of provenance",
      `registries:\n${SOURCE}- name: gcr.io/d\nprovenance:\n  mode: warn\n`,
      ["5:1 warning provenance-not-checked"],
    ],
    ["broken YAML", "registries: [\n", ["2:1 error yaml-syntax"]],
  ] as const)("%s: told of where it stands", ([, text, expected]) => {
    const path = "manifests/p/promoter-manifest.yaml";
    expect(codes([{ path, text }, images("p", IMAGE)])).toEqual(
      expected.map((at) => `${path}:${at}`),
    );
  });

  it("do not hide those in its images", () => {
    const path = "manifests/p/promoter-manifest.yaml";
    expect(codes([{ path, text: "registries: []\n" }, images("p", "- name: B\n")])).toEqual([
      `${path}:1:1 error no-source`,
      "images/p/images.yaml:1:9 error name-form",
    ]);
  });

  it("of length: a path of more than 255 characters is no repository", () => {
    const long = `gcr.io/${"d/".repeat(100)}d`;
    const files = [
      manifest("p", "gcr.io/s", [long]),
      images("p", `- name: ${"a".repeat(60)}\n  dmap:\n    "${A}": []\n`),
    ];
    expect(codes(files)).toEqual(["manifests/p/promoter-manifest.yaml:4:9 error name-form"]);
  });
});

describe("folders", () => {
  it("have both halves", () => {
    const [left, right] = folder("p", IMAGE);
    if (left === undefined || right === undefined) throw new Error("two halves");
    expect(codes([left])).toEqual([
      "manifests/p/promoter-manifest.yaml:1:1 error images-file-missing",
    ]);
    expect(codes([right])).toEqual(["images/p/images.yaml:1:1 warning manifest-file-missing"]);
  });

  it.for([
    ["manifests/promoter-manifest.yaml", "images/images.yaml"],
    ["manifests/P q/promoter-manifest.yaml", "images/P q/images.yaml"],
  ] as const)("are named like projects: %s", ([path, other]) => {
    const files = [
      { path, text: "registries:\n- name: gcr.io/s\n  src: true\n" },
      { path: other, text: IMAGE },
    ];
    expect(codes(files)).toEqual([`${path}:1:1 error project-form`]);
  });
});
