import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  fillLayouts,
  fillRegistry,
  MAKERS,
  NAMES,
  openWorkbench,
  plainHttp,
  type Content,
  type Workbench,
} from "../support/real/content.ts";
import { mustRun, requireTool } from "../support/real/program.ts";
import {
  promotionsRepository,
  type RepositoryText,
  type Said,
} from "../support/real/promotions-repository.ts";
import {
  DISTRIBUTION_2,
  DISTRIBUTION_3,
  OLAREG,
  PROGRAMS,
  serveLayouts,
} from "../support/real/registries.ts";
import { startServer, type RealRegistry } from "../support/real/server.ts";
import {
  differences,
  layoutReader,
  registryReader,
  walk,
  type Reader,
  type Walked,
} from "../support/real/walk.ts";

const REGISTRIES = [DISTRIBUTION_2, DISTRIBUTION_3, OLAREG];
const KINDS = [...REGISTRIES.map(({ name }) => name), "layouts"];
const NEEDED = [...Object.values(PROGRAMS), ...MAKERS, "oras"];

/** A place that holds repositories: what a site's store says, and how others read it. */
interface Store {
  /** The address of a repository in it. */
  address(path: string): string;
  reader(path: string): Reader;
}

const held = new AsyncDisposableStack();
let folder: string;
let bench: Workbench;
const sources = new Map<string, Store & { readonly content: Content }>();
const targets = new Map<string, Store>();
/** The layouts of the target, for programs that only read registries. */
let served: RealRegistry;

describe.skipIf(requireTool(...NEEDED) !== undefined)("what other programs made", () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "waybill-interop-"));
    held.defer(() => rm(folder, { recursive: true, force: true }));
    bench = await openWorkbench(folder);
    for (const kind of REGISTRIES) {
      const source = held.use(await startServer(kind));
      const content = await fillRegistry(bench, `${source.host}/builds`);
      sources.set(kind.name, { ...registryStore(`${source.host}/builds`), content });
      targets.set(kind.name, registryStore(held.use(await startServer(kind)).host));
    }
    const olareg = sources.get(OLAREG.name);
    if (olareg === undefined) throw new Error("there is no olareg");
    await fillLayouts(bench, olareg.address("").slice(0, -1), join(folder, "builds"));
    sources.set("layouts", {
      ...layoutStore(join(folder, "builds")),
      content: olareg.content,
    });
    targets.set("layouts", layoutStore(join(folder, "target")));
    served = held.use(await serveLayouts(join(folder, "target")));
  });
  afterAll(() => held.disposeAsync());

  describe.for(KINDS)("from %s", (from) => {
    it.for(KINDS)(
      "001-23 001-16 002-49 is accepted by them after its promotion to %s",
      async (to) => {
        const [source, target] = [storeOf(sources, from), storeOf(targets, to)];
        const before = await walkAll(source);
        const pieces = storeOf(before, "web").manifests.size;
        expect(pieces, "three manifests, and what is about them").toBeGreaterThanOrEqual(
          from === "layouts" ? 6 : 10,
        );
        await using repository = await promotionsRepository(textOf(from, source, target));

        expect(summary(await repository.waybill(["apply", "--yes"]))).toEqual(DONE);
        for (const deep of [[], ["--deep"]])
          expect(
            summary(await repository.waybill(["plan", "--detailed-exitcode", ...deep])),
          ).toEqual(NOTHING);

        for (const name of NAMES) {
          const copy = target.reader(`${from}/${name}`);
          expect(
            await differences(storeOf(before, name), copy),
            "001-23 bytes at both ends",
          ).toEqual([]);
          expect((await copy.tags()).get("v1.0.0")).toBe(source.content[name]);
        }
        await accepted(to, from, source.content);
        expect(await walkAll(source), "004-09 the source is only read").toEqual(before);
      },
    );
  });
});

const DONE = { code: 0, last: expect.stringMatching(/^Planned 6 actions, observed 6: 6 done\.$/) };
const NOTHING = {
  code: 0,
  last: expect.stringMatching(/^Nothing to do; 3 already in place\.$/),
};

/** The exit code and the last line of a run; all that was said on the other stream, where it failed. */
function summary({ code, stdout, stderr }: Said): object {
  const last = stdout.trimEnd().split("\n").at(-1);
  return code === 0 ? { code, last } : { code, last, stderr };
}

/** Everything that a source holds. */
async function walkAll(source: Store): Promise<ReadonlyMap<string, Walked>> {
  const walked = NAMES.map(async (name) => [name, await walk(source.reader(name))] as const);
  return new Map(await Promise.all(walked));
}

/** The artifacts, promoted to a folder of the target that is named after the source. */
function textOf(
  from: string,
  source: Store & { readonly content: Content },
  target: Store,
): RepositoryText {
  return {
    sites: { here: target.address("").replace(/\/$/u, "") },
    channels: { prod: { to: `${from}/{name}`, sites: { require: ["here"] } } },
    artifacts: NAMES.map((name) => ({
      id: `shop/${name}`,
      source: source.address(name),
      versions: [{ version: "v1.0.0", digest: source.content[name], channels: ["prod"] }],
    })),
  };
}

/** What the other programs say about the copies: each of them must succeed. */
async function accepted(to: string, from: string, content: Content): Promise<void> {
  if (to === "layouts") await acceptedAsLayout(from, content);
  const host = to === "layouts" ? `${served.host}/` : storeOf(targets, to).address("");
  const [web, api, old] = NAMES.map((name) => `${host}${from}/${name}`);
  const { env, publicKey } = bench;
  const key = ["verify", "--key", publicKey, "--insecure-ignore-tlog", "--allow-http-registry"];
  const legacy = "--new-bundle-format=false";
  const plain = "--tls-verify=false";
  const copied = join(folder, `copied-${to}-${from}`);
  const [, , ...saved] = await Promise.all([
    mustRun("crane", ["validate", "--remote", `${api}:v1.0.0`], { env }),
    mustRun("crane", ["validate", "--remote", `${old}:v1.0.0`], { env }),
    mustRun("skopeo", ["inspect", plain, "--raw", `docker://${web}:v1.0.0`], { env }),
    mustRun("skopeo", ["inspect", plain, `docker://${api}@${content.api}`], { env }),
    mustRun("cosign", [...key, `${web}@${content.web}`], { env }),
    mustRun("cosign", [...key, legacy, `${web}@${content.web}`], { env }),
    mustRun("cosign", [...key, legacy, `${api}@${content.api}`], { env }),
    mustRun("regctl", [...plainHttp(host), "artifact", "list", `${web}:v1.0.0`], { env }),
    mustRun(
      "skopeo",
      ["copy", "--all", "--src-tls-verify=false", `docker://${web}:v1.0.0`, `dir:${copied}`],
      { env },
    ),
  ]);
  expect(saved[5], "002-43 the SPDX document is found from its subject").toContain(
    "application/spdx+json",
  );
  for (const digest of platformsOf(saved[0] ?? ""))
    await mustRun("crane", ["validate", "--remote", `${web}@${digest}`], { env });
}

/** The programs that read layouts, at the layout itself. */
async function acceptedAsLayout(from: string, content: Content): Promise<void> {
  const { env } = bench;
  const [web, api] = ["web", "api"].map((name) => join(folder, "target", from, name));
  const [raw, inspected, manifest, listed, discovered] = await Promise.all([
    mustRun("skopeo", ["inspect", "--raw", `oci:${web}:v1.0.0`], { env }),
    mustRun("skopeo", ["inspect", `oci:${api}:v1.0.0`], { env }),
    mustRun("oras", ["manifest", "fetch", "--oci-layout", `${web}:v1.0.0`], { env }),
    mustRun("regctl", ["artifact", "list", `ocidir://${web}:v1.0.0`], { env }),
    mustRun("oras", ["discover", "--oci-layout", `${web}@${content.web}`], { env }),
  ]);
  expect(manifest.trim()).toBe(raw.trim());
  expect(inspected).toContain(content.api);
  for (const said of [listed, discovered]) expect(said).toContain("application/spdx+json");
}

function platformsOf(index: string): readonly string[] {
  const { manifests }: { readonly manifests: readonly { readonly digest: string }[] } =
    JSON.parse(index);
  return manifests.map(({ digest }) => digest);
}

function registryStore(root: string): Store {
  return {
    address: (path) => `${root}/${path}`,
    reader: (path) => registryReader(`${root}/${path}`),
  };
}

function layoutStore(root: string): Store {
  return {
    address: (path) => `oci-layout:${join(root, path)}`,
    reader: (path) => layoutReader(join(root, path)),
  };
}

function storeOf<T>(stores: ReadonlyMap<string, T>, name: string): T {
  const store = stores.get(name);
  if (store === undefined) throw new Error(`there is no store ${name}`);
  return store;
}
