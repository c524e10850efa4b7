import { describe, expect, it } from "vitest";
import { image, MEDIA, multiArch, sbomFor, seed, artifact } from "../support/images.ts";
import { startRegistry, type Registry, type RegistryOptions } from "../support/registry/index.ts";
import { call, errorCode } from "./requests.ts";

interface Listing {
  readonly tags?: readonly string[];
  readonly repositories?: readonly string[];
  readonly manifests?: readonly { readonly digest: string; readonly artifactType?: string }[];
  readonly manifest?: Readonly<Record<string, { readonly tag: readonly string[] }>>;
  readonly child?: readonly string[];
}

async function listing(response: Response): Promise<Listing> {
  return JSON.parse(await response.text());
}

function next(registry: Registry, response: Response): URL | undefined {
  const link = response.headers.get("link");
  const target = /^<([^>]+)>; rel="next"$/u.exec(link ?? "")?.[1];
  return target === undefined ? undefined : new URL(target, registry.origin);
}

async function pages(registry: Registry, path: string): Promise<Listing[]> {
  const found: Listing[] = [];
  let at: URL | undefined = new URL(path, registry.origin);
  while (at !== undefined && found.length < 20) {
    const response: Response = await call(registry, "GET", at.href);
    found.push(await listing(response));
    at = next(registry, response);
  }
  return found;
}

async function withTags(options: RegistryOptions, tags: readonly string[]): Promise<Registry> {
  const registry = await startRegistry(options);
  seed(registry.repository("a/app"), image(), tags);
  return registry;
}

describe("tags/list (spec end-8)", () => {
  it("is in ASCII order, and honours n and last", async () => {
    await using registry = await withTags({}, ["b", "a", "B", "10", "2"]);
    const all = await listing(await call(registry, "GET", "/v2/a/app/tags/list"));
    expect(all.tags).toEqual(["10", "2", "B", "a", "b"]);
    const part = await call(registry, "GET", "/v2/a/app/tags/list?n=2&last=2");
    expect((await listing(part)).tags).toEqual(["B", "a"]);
    expect(next(registry, part)?.search).toBe("?n=2&last=a");
    const unknown = await call(registry, "GET", "/v2/nothing/tags/list");
    expect([unknown.status, await errorCode(unknown)]).toEqual([404, "NAME_UNKNOWN"]);
  });

  it.each<NonNullable<RegistryOptions["link"]>>(["relative", "absolute"])(
    "pages by a %s Link, in pages smaller than n",
    async (link) => {
      await using registry = await withTags({ link, tagsPageSize: 2 }, ["a", "b", "c", "d", "e"]);
      const found = await pages(registry, "/v2/a/app/tags/list?n=100");
      expect(found.map(({ tags }) => tags)).toEqual([["a", "b"], ["c", "d"], ["e"]]);
    },
  );

  it("can page for ever, or to another host, as a hostile registry would", async () => {
    await using registry = await withTags({ link: "loop", tagsPageSize: 1 }, ["a", "b"]);
    expect(await pages(registry, "/v2/a/app/tags/list")).toHaveLength(20);
    registry.configure({ link: "other-host" });
    const response = await call(registry, "GET", "/v2/a/app/tags/list");
    expect(next(registry, response)?.host).toBe(registry.blobHost);
  });

  it("refuses an n above its limit", async () => {
    await using registry = await withTags({ tagsMaxN: 1000 }, ["a"]);
    const response = await call(registry, "GET", "/v2/a/app/tags/list?n=10000");
    expect([response.status, await errorCode(response)]).toEqual([
      400,
      "PAGINATION_NUMBER_INVALID",
    ]);
  });

  it("has Google's manifest map and children where told", async () => {
    await using registry = await withTags({ google: true }, ["v1", "latest"]);
    seed(registry.repository("a/app/sub"), image({ seed: "sub" }), ["v1"]);
    const untagged = seed(registry.repository("a/app"), image({ seed: "untagged" }));
    const found = await listing(await call(registry, "GET", "/v2/a/app/tags/list"));
    expect(found.child).toEqual(["sub"]);
    expect(found.manifest?.[image().digest]).toMatchObject({
      tag: ["latest", "v1"],
      mediaType: MEDIA.manifest,
      timeUploadedMs: expect.stringMatching(/^\d{13}$/u),
      imageSizeBytes: expect.stringMatching(/^\d+$/u),
    });
    expect(found.manifest?.[untagged]?.tag).toEqual([]);
  });

  it("the catalog names repositories that hold something, and can be off", async () => {
    await using registry = await withTags({}, ["a"]);
    registry.repository("empty");
    const found = await listing(await call(registry, "GET", "/v2/_catalog"));
    expect(found.repositories).toEqual(["a/app"]);
    registry.configure({ catalog: false });
    expect((await call(registry, "GET", "/v2/_catalog")).status).toBe(404);
  });
});

describe("referrers (spec end-12)", () => {
  const SUBJECT = multiArch();
  const SBOM = sbomFor(SUBJECT);
  const OTHER = artifact({ subject: SUBJECT, files: { a: "a" }, annotations: { k: "v" } });
  const path = `/v2/app/referrers/${SUBJECT.digest}`;

  async function withReferrers(options: RegistryOptions): Promise<Registry> {
    const registry = await startRegistry(options);
    seed(registry.repository("app"), SUBJECT, ["v1"]);
    seed(registry.repository("app"), SBOM);
    seed(registry.repository("app"), OTHER);
    return registry;
  }

  it("lists digest, size, mediaType, artifactType and annotations", async () => {
    await using registry = await withReferrers({});
    const response = await call(registry, "GET", path);
    expect(response.headers.get("content-type")).toBe(MEDIA.index);
    expect((await listing(response)).manifests).toEqual([
      {
        mediaType: MEDIA.manifest,
        digest: SBOM.digest,
        size: SBOM.bytes.length,
        artifactType: MEDIA.spdx,
        annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
      },
      {
        mediaType: MEDIA.manifest,
        digest: OTHER.digest,
        size: OTHER.bytes.length,
        artifactType: "application/vnd.example.artifact.v1",
        annotations: { k: "v" },
      },
    ]);
  });

  it("takes the config's type where there is no artifactType", async () => {
    await using registry = await startRegistry();
    seed(registry.repository("app"), image({ subject: SUBJECT }));
    const found = await listing(await call(registry, "GET", path));
    expect(found.manifests?.[0]?.artifactType).toBe(MEDIA.config);
  });

  it("is an empty index for a subject nobody knows, and 400 for no digest", async () => {
    await using registry = await startRegistry();
    const response = await call(registry, "GET", path);
    expect([response.status, (await listing(response)).manifests]).toEqual([200, []]);
    expect((await call(registry, "GET", "/v2/app/referrers/v1")).status).toBe(400);
  });

  it("filters and says so, or does neither", async () => {
    await using registry = await withReferrers({});
    const query = `${path}?artifactType=${encodeURIComponent(MEDIA.spdx)}`;
    const response = await call(registry, "GET", query);
    expect(response.headers.get("oci-filters-applied")).toBe("artifactType");
    expect((await listing(response)).manifests?.map(({ digest }) => digest)).toEqual([SBOM.digest]);
    registry.configure({ referrersFilter: false });
    const unfiltered = await call(registry, "GET", query);
    expect(unfiltered.headers.get("oci-filters-applied")).toBeNull();
    expect((await listing(unfiltered)).manifests).toHaveLength(2);
  });

  it("pages by Link", async () => {
    await using registry = await withReferrers({ referrersPageSize: 1 });
    const found = await pages(registry, path);
    expect(found.map((page) => page.manifests?.map(({ digest }) => digest))).toEqual([
      [SBOM.digest],
      [OTHER.digest],
    ]);
  });

  it.each<["off" | "off-json", string]>([
    ["off", "text/plain"],
    ["off-json", "application/json"],
  ])("404 where the API is %s", async (referrers, type) => {
    await using registry = await withReferrers({ referrers });
    const response = await call(registry, "GET", path);
    expect(response.status).toBe(404);
    expect(response.headers.get("content-type")).toContain(type);
  });
});
