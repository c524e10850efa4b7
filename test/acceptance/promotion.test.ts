import { describe, expect, it } from "vitest";
import { readPolicies } from "#desired";
import { readFileSync } from "node:fs";
import {
  artifact,
  evidenceTag,
  image,
  multiArch,
  sbomFor,
  seed,
  signatureFor,
  type Built,
} from "../support/images.ts";
import { PROFILES, startRegistry, type Repository } from "../support/registry/index.ts";
import { openWorkshop, promotionOf, type Registries } from "./fixture.ts";

const SOURCE = "builds/api";
const API = "promotions/shop/api.yaml";

async function startAll(
  oslo: Parameters<typeof startRegistry>[0] = {},
): Promise<Registries & AsyncDisposable> {
  const [source, lab, prod] = await Promise.all([
    startRegistry(),
    startRegistry(),
    startRegistry(oslo),
  ]);
  return {
    source,
    lab,
    oslo: prod,
    async [Symbol.asyncDispose]() {
      await Promise.all([source.close(), lab.close(), prod.close()]);
    },
  };
}

function lineOf(version: string, built: Built, channels: string): string {
  return `version: ${version}, digest: "${built.digest}", channels: [${channels}]`;
}

/** What is at a repository: each manifest's digest and bytes. */
function contentOf({ manifests }: Repository): ReadonlyMap<string, string> {
  return new Map(
    [...manifests].map(([digest, { bytes }]) => [digest, Buffer.from(bytes).toString("base64")]),
  );
}

describe("a promotion", () => {
  it("001-16 001-12 002-02 takes one digest with all evidence from dev over staging to prod", async () => {
    await using hosts = await startAll();
    using repository = openWorkshop(hosts);
    const api = multiArch();
    const from = hosts.source.repository(SOURCE);
    seed(from, api, ["v1.0.0"]);
    seed(from, signatureFor(api), [evidenceTag(api.digest)]);
    seed(from, artifact({ files: { "att.json": "{}" } }), [evidenceTag(api.digest, "att")]);
    const about: readonly Built[] = [
      sbomFor(api),
      ...["checksums", "provenance", "changelog", "attestation"].map((name) =>
        artifact({
          subject: api,
          artifactType: `application/vnd.example.${name}`,
          files: { [`${name}.txt`]: `the ${name}` },
        }),
      ),
    ];
    for (const built of about) seed(from, built);
    const before = from.snapshot();

    repository.write(API, promotionOf(lineOf("v1.0.0", api, "dev")));
    repository.commit();
    expect((await repository.waybill("apply", "--yes")).code).toBe(0);
    for (const channel of ["staging", "prod"]) {
      expect((await repository.waybill("promote", "shop/api@v1.0.0", "--to", channel)).code).toBe(
        0,
      );
      repository.commit();
      expect((await repository.waybill("validate")).code).toBe(0);
      expect((await repository.waybill("apply", "--yes", "--since", "HEAD^1")).code).toBe(0);
    }

    for (const place of [
      hosts.lab.repository("dev/shop/api"),
      hosts.lab.repository("staging/shop/api"),
      hosts.oslo.repository("library/api"),
    ]) {
      expect(contentOf(place)).toEqual(contentOf(from));
      expect(place.tags.get("v1.0.0")).toBe(api.digest);
      expect(place.tags.get(evidenceTag(api.digest))).toBe(from.tags.get(evidenceTag(api.digest)));
    }
    expect(from.snapshot(), "004-09 the source is only read").toEqual(before);
    expect((await repository.waybill("plan", "--deep", "--detailed-exitcode")).code).toBe(0);
  });

  it("000-14 003-20 003-25 is what git says: a push to the source promotes nothing", async () => {
    await using hosts = await startAll();
    using repository = openWorkshop(hosts);
    const [listed, published, unknown] = ["a", "b", "c"].map((name) => image({ seed: name }));
    if (!listed || !published || !unknown) throw new Error("expected three images");
    const from = hosts.source.repository(SOURCE);
    seed(from, listed, ["v1.0.0"]);
    seed(from, published, ["v1.1.0", "latest"]);
    seed(from, unknown, ["v1.2.0"]);
    repository.write(
      API,
      promotionOf(lineOf("v1.1.0", published, ""), lineOf("v1.0.0", listed, "dev, test")),
    );
    repository.commit();

    expect((await repository.waybill("apply", "--yes")).code).toBe(0);
    expect([...hosts.lab.repository("dev/shop/api").tags]).toEqual([["v1.0.0", listed.digest]]);
    const writes = hosts.oslo.requests.filter(({ method }) => !["GET", "HEAD"].includes(method));
    expect(writes).toEqual([]);
  });

  it("000-03 is of what was registered: any other artifact or version is refused, with the command", async () => {
    await using hosts = await startAll();
    using repository = openWorkshop(hosts);
    const api = image();
    repository.write(API, promotionOf(lineOf("v1.0.0", api, "dev")));
    repository.commit();

    const artifactless = await repository.waybill("promote", "shop/web@v1.0.0", "--to", "dev");
    expect(artifactless.code).toBe(2);
    expect(artifactless.err).toContain("waybill register shop/web@VERSION --digest DIGEST");
    const versionless = await repository.waybill("promote", "shop/api@v9.0.0", "--to", "test");
    expect(versionless.code).toBe(2);
    expect(repository.read(API)).toBe(promotionOf(lineOf("v1.0.0", api, "dev")));

    const digest = `sha256:${"ab".repeat(32)}`;
    const register = ["register", "shop/api@v9.0.0", "--digest", digest];
    expect((await repository.waybill(...register)).code).toBe(0);
    repository.commit();
    expect((await repository.waybill("promote", "shop/api@v9.0.0", "--to", "dev")).code).toBe(0);
    expect(repository.read(API)).toMatch(/v9\.0\.0.*abab.*channels: \[dev\]/);
  });

  it("000-10 from nowhere to prod is refused by validate, plan and apply alike", async () => {
    await using hosts = await startAll();
    using repository = openWorkshop(hosts);
    const api = image();
    seed(hosts.source.repository(SOURCE), api, ["v1.0.0"]);
    repository.write(API, promotionOf(lineOf("v1.0.0", api, "dev")));
    repository.commit();
    repository.write(API, promotionOf(lineOf("v1.0.0", api, "dev, test, staging, prod")));
    repository.commit();
    for (const verb of [["validate"], ["plan"], ["apply", "--yes"]]) {
      const { code, out } = await repository.waybill(...verb);
      expect([verb, code]).toEqual([verb, 2]);
      expect(out).toContain("step-skipped");
    }
    expect(hosts.source.count() + hosts.lab.count() + hosts.oslo.count()).toBe(0);
  });

  it("003-23 003-03 is shown with its source, digest and channel, and told by digest", async () => {
    await using hosts = await startAll();
    using repository = openWorkshop(hosts);
    const api = image();
    seed(hosts.source.repository(SOURCE), api, ["v1.0.0"]);
    repository.write(API, promotionOf(lineOf("v1.0.0", api, "dev")));
    repository.commit();

    const { out } = await repository.waybill("plan", "--format", "json");
    const document: unknown = JSON.parse(out);
    expect(document).toMatchObject({
      actions: [
        {
          op: "copy",
          artifact: "shop/api",
          version: "v1.0.0",
          digest: api.digest,
          channel: "dev",
          site: "lab",
          from: `registry.example.com/${SOURCE}`,
          to: "registry.lab.example.com/dev/shop/api",
        },
        { op: "tag", artifact: "shop/api", digest: api.digest, channel: "dev", tag: "v1.0.0" },
      ],
    });
    const applied = await repository.waybill("apply", "--yes", "--quiet");
    const results = applied.out.split("\n").filter((line) => line.startsWith("  done"));
    expect(results).toHaveLength(2);
    for (const line of results)
      expect(line).toContain(`registry.lab.example.com/dev/shop/api@${api.digest}`);
    expect(applied.out).not.toMatch(/registry[^ ]*:(?:v1\.0\.0|latest)/);
  });

  it("002-20 002-37 gives every version its own tag, and latest and stable to stable ones only", async () => {
    await using hosts = await startAll();
    using repository = openWorkshop(hosts);
    const [stable, candidate] = [image({ seed: "stable" }), image({ seed: "candidate" })];
    seed(hosts.source.repository(SOURCE), stable);
    seed(hosts.source.repository(SOURCE), candidate);
    repository.write(
      API,
      promotionOf(
        lineOf("v1.1.0-rc.1", candidate, "dev, prod"),
        lineOf("v1.0.0", stable, "dev, prod"),
      ),
    );
    repository.commit();
    expect((await repository.waybill("apply", "--yes")).code).toBe(0);
    expect(Object.fromEntries(hosts.oslo.repository("library/api").tags)).toEqual({
      "v1.0.0": stable.digest,
      "1.0": stable.digest,
      latest: stable.digest,
      stable: stable.digest,
      "v1.1.0-rc.1": candidate.digest,
    });
    expect(Object.fromEntries(hosts.lab.repository("dev/shop/api").tags)).toEqual({
      "v1.0.0": stable.digest,
      "v1.1.0-rc.1": candidate.digest,
    });
  });

  it.for(Object.entries(PROFILES))(
    "000-27 001-23 ends complete at a registry that behaves as %s",
    async ([, profile]) => {
      await using hosts = await startAll(profile);
      using repository = openWorkshop(hosts);
      const api = multiArch();
      const from = hosts.source.repository(SOURCE);
      seed(from, api, ["v1.0.0"]);
      seed(from, sbomFor(api));
      seed(from, signatureFor(api), [evidenceTag(api.digest)]);
      repository.write(API, promotionOf(lineOf("v1.0.0", api, "prod")));
      repository.commit();
      expect((await repository.waybill("apply", "--yes")).code).toBe(0);
      const there = contentOf(hosts.oslo.repository("library/api"));
      for (const [digest, bytes] of contentOf(from)) expect(there.get(digest)).toBe(bytes);
      expect((await repository.waybill("plan", "--deep", "--detailed-exitcode")).code).toBe(0);
    },
  );
});

describe("the example's policies", () => {
  it("003-22 know dev, test, staging and prod, each after the one before", () => {
    const path = "policies/channels.yaml";
    const { policies, diagnostics } = readPolicies([{ path, text: readFileSync(path, "utf8") }]);
    expect(diagnostics).toEqual([]);
    const after = [...(policies.channels?.channels ?? [])].map(([name, channel]) => [
      name,
      channel.after,
    ]);
    expect(after).toEqual([
      ["dev", []],
      ["test", ["dev"]],
      ["staging", ["dev", "test"]],
      ["prod", ["staging"]],
    ]);
  });
});
