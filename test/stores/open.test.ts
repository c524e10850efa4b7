import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { RegistryHost, Repository } from "#model";
import { openStores, StoreError, type Stores, type StoresOptions } from "../../src/stores/index.ts";
import { image } from "../support/images.ts";
import { startRegistry, type RegistryOptions } from "../support/registry/index.ts";
import { push } from "./contract/fixture.ts";
import { makeFolder } from "./layout/fixture.ts";
import { copy, digestOfBuilt, never, newTags } from "./registry/client/fixture.ts";

function optionsFor(change: Partial<StoresOptions> = {}): StoresOptions {
  return { root: "/nonexistent", hosts: [], env: {}, ...change };
}

function hostEntry(change: Partial<RegistryHost>): RegistryHost {
  return {
    match: "*",
    endpoint: undefined,
    plainHttp: false,
    caFile: undefined,
    maxConcurrency: undefined,
    requestsPerSecond: undefined,
    product: undefined,
    maxManifestBytes: undefined,
    capabilities: {},
    blobRedirectHosts: undefined,
    tokenHosts: [],
    ...change,
  };
}

/** Nobody needs to log in, and nothing outside the cache may be touched. */
const ONLY_THE_CACHE: RegistryOptions["auth"] = {
  kind: "bearer",
  anonymous: [{ repository: "proxy/cache/*", actions: ["pull", "push"] }],
};

describe("the stores of a run", () => {
  it("are of the kind that the address says, one object a layout", async () => {
    await using folder = await makeFolder();
    await using registry = await startRegistry();
    const stores = openStores(optionsFor({ root: folder.root }));
    const layout = "oci-layout:./var/app" as Repository;
    const remote = `${registry.host}/team/app` as Repository;
    await push(stores.write(layout), image(), ["v1"]);
    await push(stores.write(remote), image(), ["v1"]);
    expect(await readdir(folder.path("var/app"))).toContain("index.json");
    expect(registry.repository("team/app").tags.get("v1")).toBe(image().digest);
    expect(stores.read(layout)).toBe(stores.write(layout));
    await stores.close();
  });

  it.for(["file:./files/app", "s3://bucket/app"])("refuse %s, which they cannot do yet", (text) => {
    const stores = openStores(optionsFor());
    expect(() => stores.read(text as Repository)).toThrow(StoreError);
    expect(() => stores.write(text as Repository)).toThrow(
      expect.objectContaining({ code: "unsupported", message: expect.stringContaining(text) }),
    );
  });

  it("refuse layouts out of the root where paths are restricted", () => {
    const stores = openStores(optionsFor({ restrictPaths: true }));
    for (const text of ["oci-layout:/srv/app", "oci-layout:../app"])
      expect(() => stores.read(text as Repository)).toThrow(
        expect.objectContaining({ code: "refused" }),
      );
  });

  it("ask for repositories in the folder of the host's endpoint, as a proxy cache wants it", async () => {
    await using registry = await startRegistry({ auth: ONLY_THE_CACHE });
    const hosts = [
      hostEntry({ match: "far.example.com", endpoint: `http://${registry.host}/proxy/cache/` }),
    ];
    const stores = openStores(optionsFor({ hosts }));
    const from = stores.write("far.example.com/team/app" as Repository);
    const to = stores.write("far.example.com/team/live" as Repository);
    await push(from, image(), ["v1"]);
    const digest = digestOfBuilt(image());
    const near = [from.repository];
    expect(await copy({ from, to, digest, tags: newTags("v1"), near }, never)).toMatchObject({
      blobs: ["mounted", "mounted"],
    });
    expect(registry.repository("proxy/cache/team/app").tags.get("v1")).toBe(digest);
    expect(registry.repository("proxy/cache/team/live").tags.get("v1")).toBe(digest);
    expect((await to.tags(never)).tags).toEqual(["v1"]);
    await stores.close();
  });

  it("heed what registries.yaml says of a host: its limit and its referrers API", async () => {
    await using registry = await startRegistry();
    const built = image({ annotations: { filler: "x".repeat(2_000) } });
    function open(change: Partial<RegistryHost>): Stores {
      return openStores(optionsFor({ hosts: [hostEntry({ match: registry.host, ...change })] }));
    }
    const repository = `${registry.host}/team/app` as Repository;
    const plain = open({});
    await push(plain.write(repository), built, ["v1"]);
    const small = open({ maxManifestBytes: 1_000, capabilities: { referrers: false } });
    const reading = small.read(repository).manifest(digestOfBuilt(built), never);
    await expect(reading).rejects.toMatchObject({ code: "too-large" });
    registry.reset();
    expect(await small.read(repository).referrers(digestOfBuilt(built), never)).toEqual([]);
    expect(registry.count({ kind: "referrers" })).toBe(0);
    await Promise.all([plain.close(), small.close()]);
  });

  it("say so when they are asked after they were closed", async () => {
    await using registry = await startRegistry();
    const stores = openStores(optionsFor());
    const repository = stores.read(`${registry.host}/team/app` as Repository);
    await repository.tags(never);
    await stores.close();
    await expect(repository.tags(never)).rejects.toBeInstanceOf(StoreError);
  });
});
