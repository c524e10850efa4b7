import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import { startRegistry } from "../support/registry/index.ts";
import { openWorkshop, promotionOf } from "./fixture.ts";

const API = "promotions/shop/api.yaml";
const REGISTRIES = "policies/registries.yaml";
const CHANNELS = "policies/channels.yaml";

describe("a pull request does not grant itself what it uses (trust §7 row 14)", () => {
  it("where requests and credentials go is the base's word", async () => {
    await using source = await startRegistry();
    await using lab = await startRegistry();
    await using elsewhere = await startRegistry();
    using repository = openWorkshop({ source, lab, oslo: lab });
    const api = image();
    seed(source.repository("builds/api"), api, ["v1.0.0"]);
    repository.write(API, promotionOf(`version: v1.0.0, digest: "${api.digest}"`));
    repository.commit();
    repository.write(REGISTRIES, repository.read(REGISTRIES).replaceAll(lab.host, elsewhere.host));
    repository.write(API, promotionOf(`version: v1.0.0, digest: "${api.digest}", channels: [dev]`));
    repository.commit();

    const { code, out } = await repository.waybill("plan", "--since", "HEAD^1");
    expect(code).toBe(0);
    expect(out).toContain("registry.lab.example.com/dev/shop/api");
    expect(elsewhere.count()).toBe(0);
    expect(lab.count()).toBeGreaterThan(0);
  });

  it("a step that it takes is judged by the base's rule", async () => {
    await using registry = await startRegistry();
    using repository = openWorkshop({ source: registry, lab: registry, oslo: registry });
    const api = image();
    seed(registry.repository("builds/api"), api, ["v1.0.0"]);
    repository.write(API, promotionOf(`version: v1.0.0, digest: "${api.digest}"`));
    repository.commit();
    const channels = repository.read(CHANNELS);
    repository.write(CHANNELS, channels.replace("    after: [staging]\n", ""));
    repository.write(
      API,
      promotionOf(`version: v1.0.0, digest: "${api.digest}", channels: [prod]`),
    );
    repository.commit();
    expect(repository.read(CHANNELS)).not.toBe(channels);

    const { code, out } = await repository.waybill("plan", "--since", "HEAD^1");
    expect([code, out]).toEqual([2, expect.stringContaining("step-skipped")]);
    expect(registry.count()).toBe(0);
  });
});
