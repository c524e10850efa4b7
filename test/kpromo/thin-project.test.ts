import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { waybillHere, type Printed } from "../support/real/in-process.ts";
import {
  promotionsRepository,
  type PromotionsRepository,
} from "../support/real/promotions-repository.ts";
import { PROFILES, startRegistry, type Registry } from "../support/registry/index.ts";
import { CONTENT, fillSource, sizeOf, thinProject } from "./thin-project.ts";

const VECTORS = fileURLToPath(new URL("../../../shared/vectors/kpromo/", import.meta.url));
const hasVectors = existsSync(VECTORS);
if (!hasVectors) console.warn(`not run: a real kpromo project, because there is no ${VECTORS}`);

/** What the real project holds, counted by hand. */
const REAL = { digests: 17, tags: 17, destinations: 40 };
const SOURCE = "gcr.io/k8s-staging-etcd";

interface Plan {
  readonly summary: Readonly<Record<string, number>>;
  readonly actions: readonly Readonly<Record<string, unknown>>[];
  readonly blocked: readonly {
    readonly code: string;
    readonly version?: string;
    readonly reason: string;
    readonly hint: string;
  }[];
}

function planOf({ stdout }: Printed): Plan {
  return JSON.parse(stdout);
}

/** Hosts of a project as doubles, named in a file for `--registries`. */
async function hosts(
  repository: PromotionsRepository,
  endpoints: Readonly<Record<string, Registry>>,
): Promise<readonly string[]> {
  const entries = Object.entries(endpoints).map(
    ([host, { origin }]) => `  "${host}": { endpoint: "${origin}" }\n`,
  );
  await repository.write(
    "loopback.yaml",
    `apiVersion: waybill.dev/v1\nkind: Registries\nhosts:\n${entries.join("")}`,
  );
  return ["--registries", repository.path("loopback.yaml")];
}

/** The real project, as it is. */
async function openReal(): Promise<PromotionsRepository> {
  const repository = await promotionsRepository();
  for (const folder of ["manifests", "images"])
    cpSync(join(VECTORS, folder), repository.path(folder), { recursive: true });
  repository.commit();
  return repository;
}

describe.skipIf(!hasVectors)("a real project of the Kubernetes image promoter", () => {
  it("004-11 validates unchanged", async () => {
    await using repository = await openReal();
    const said = await waybillHere(repository.root, ["validate"]);
    expect(said).toMatchObject({ code: 0, stdout: "" });
    expect(said.stderr).toContain("2 artifacts, 17 versions");
  });

  it("004-11 is planned against other hosts: what its source lacks is blocked at each destination", async () => {
    await using repository = await openReal();
    await using source = await startRegistry();
    await using target = await startRegistry(PROFILES.google);
    const named = await hosts(repository, { "gcr.io": source, "*-docker.pkg.dev": target });
    const said = await waybillHere(repository.root, ["plan", "--format", "json", ...named]);
    expect(said.code).toBe(1);
    const { actions, blocked } = planOf(said);
    expect(actions).toEqual([]);
    expect(new Set(blocked.map(({ code }) => code))).toEqual(new Set(["source-missing"]));
    expect(new Set(blocked.map(({ version }) => version)).size).toBe(REAL.digests);
    for (const { reason, hint } of blocked) {
      expect(reason).toContain(`${REAL.destinations} sites lack it`);
      // A thin manifest has no channels to take anything off.
      expect(hint).toMatch(
        /again with exactly this digest, or take it out of \S+images\.yaml:\d+$/,
      );
    }
    expect(source.count({ method: "PUT" }) + target.count({ method: "PUT" })).toBe(0);
  });

  it.for([
    ["one listing a repository, where it proves digests", PROFILES.google, 0],
    ["one HEAD a tag beside it, elsewhere", PROFILES.distribution, 1],
  ] as const)("004-11 is planned with %s, where all is there", async ([, profile, heads]) => {
    await using repository = await openReal();
    await using source = await startRegistry(profile);
    await using target = await startRegistry(profile);
    const images = await repository.read("images/k8s-staging-etcd/images.yaml");
    let name = "";
    for (const line of images.split("\n")) {
      name = /^- name: (\S+)/u.exec(line)?.[1] ?? name;
      const [, digest = "", tag = ""] = /"(sha256:[0-9a-f]{64})": \["([^"]+)"\]/u.exec(line) ?? [];
      if (digest === "") continue;
      for (const folder of ["images", "images/kubernetes"])
        target
          .repository(`k8s-artifacts-prod/${folder}/${name}`)
          .putManifest("{}", "application/vnd.oci.image.index.v1+json", [tag], digest);
    }
    const named = await hosts(repository, { "gcr.io": source, "*-docker.pkg.dev": target });
    const said = await waybillHere(repository.root, ["plan", "--detailed-exitcode", ...named]);
    expect(said.code, said.stdout).toBe(0);
    expect(said.stdout).toContain(
      `Nothing to do; ${REAL.digests * REAL.destinations} already in place.`,
    );
    expect(target.count({ method: "HEAD" })).toBe(heads * REAL.tags * REAL.destinations);
    expect(target.count({ kind: "tags" })).toBe(2 * REAL.destinations);
    expect(source.requests.filter(({ kind }) => kind !== "tags")).toEqual([]);
  });
});

describe("a thin project of our own", () => {
  const DESTINATIONS = ["us", "eu", "asia"].flatMap((region) => [
    `${region}-docker.pkg.dev/prod/images`,
    `${region}-docker.pkg.dev/prod/images/kubernetes`,
  ]);
  const { digests, tags } = sizeOf(CONTENT);

  it("004-11 is planned and applied: each digest and each of its tags at each destination", async () => {
    await using source = await startRegistry(PROFILES.google);
    await using us = await startRegistry(PROFILES.google);
    await using others = await startRegistry(PROFILES.distribution);
    await using repository = await thinProject({ source: SOURCE, destinations: DESTINATIONS });
    fillSource((image) => source.repository(`k8s-staging-etcd/${image}`));
    const named = await hosts(repository, {
      "gcr.io": source,
      "us-docker.pkg.dev": us,
      "*-docker.pkg.dev": others,
    });

    const before = planOf(
      await waybillHere(repository.root, ["plan", "--format", "json", ...named]),
    );
    expect(before.summary).toMatchObject({
      copy: digests * DESTINATIONS.length,
      tag: tags * DESTINATIONS.length,
      blocked: 0,
    });
    const applied = await waybillHere(repository.root, ["apply", "--yes", ...named]);
    expect(applied.code, applied.stdout).toBe(0);

    const places = [us, others].flatMap((registry) =>
      ["images", "images/kubernetes"].map((folder) => ({ registry, folder })),
    );
    for (const { registry, folder } of places) {
      for (const [name, builds] of CONTENT) {
        const to = registry.repository(`prod/${folder}/${name}`);
        const held = [...builds].map(([{ digest, bytes }, wanted]) => [
          to.manifests.get(digest)?.bytes.equals(bytes),
          ...wanted.map((tag) => to.tags.get(tag) === digest),
        ]);
        expect(held.flat().every((right) => right === true)).toBe(true);
      }
    }
    const signed = us
      .repository("prod/images/etcd")
      .sortedTags()
      .filter((tag) => tag.endsWith(".sig"));
    expect(signed, "001-12 the signature went with it").toHaveLength(1);
    const after = await waybillHere(repository.root, [
      "plan",
      "--deep",
      "--detailed-exitcode",
      ...named,
    ]);
    expect(after.code, after.stdout).toBe(0);
  });
});
