import { describe, expect, it } from "vitest";
import { blob, image, pattern, seed } from "../support/images.ts";
import { PROFILES, startRegistry, type RegistryOptions } from "../support/registry/index.ts";
import { call, pushBlob } from "./requests.ts";

const LAYER = blob(pattern("layer", 2 * 1024 ** 2), "x/y");

describe("Harbor's refusals", () => {
  it.each<[string, RegistryOptions, { readonly status: number; readonly text: string }]>([
    [
      "a missing project",
      { harbor: { projects: ["other"] } },
      { status: 404, text: '"code":"NOT_FOUND","message":"project team not found"' },
    ],
    [
      "read only mode",
      { readOnly: "harbor" },
      { status: 403, text: '"code":"DENIED","message":"The system is in read only mode.' },
    ],
    [
      "another registry's read only mode",
      { readOnly: "405" },
      { status: 405, text: "UNSUPPORTED" },
    ],
    [
      "a robot that may only pull",
      { harbor: { pullOnlyRobot: true } },
      { status: 401, text: "unauthorized to access repository: team/app, action: push" },
    ],
  ])("%s", async (_, options, { status, text }) => {
    await using registry = await startRegistry(options);
    const response = await call(registry, "POST", "/v2/team/app/blobs/uploads/");
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(text);
  });

  it("reads pass where only writes are refused", async () => {
    await using registry = await startRegistry({ readOnly: "harbor" });
    seed(registry.repository("team/app"), image(), ["v1"]);
    expect((await call(registry, "GET", "/v2/team/app/manifests/v1")).status).toBe(200);
  });

  it("a quota, counting each digest of a project once", async () => {
    await using registry = await startRegistry({ harbor: { quotaBytes: 3 * 1024 ** 2 } });
    expect((await pushBlob(registry, "team/app", LAYER)).status).toBe(201);
    registry.repository("team/two").putBlob(LAYER.bytes);
    const small = blob(pattern("small", 1000), "x/y");
    expect((await pushBlob(registry, "team/two", small)).status).toBe(201);
    const second = blob(pattern("second", 2 * 1024 ** 2), "x/y");
    const refused = await pushBlob(registry, "team/app", second);
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain(
      "adding 2.0 MiB of storage resource, which when updated to current usage of 2.0 MiB will exceed the configured upper limit of 3.0 MiB.",
    );
    expect((await pushBlob(registry, "other/app", second)).status).toBe(201);
  });

  it("a Warning is on every answer where told", async () => {
    await using registry = await startRegistry({ warning: "going away" });
    const response = await call(registry, "GET", "/v2/");
    expect(response.headers.get("warning")).toBe('299 - "going away"');
  });
});

describe("profiles", () => {
  it.each(Object.entries(PROFILES))("%s starts, and answers the ping", async (_, options) => {
    await using registry = await startRegistry(options);
    expect((await call(registry, "GET", "/v2/")).status).toBe(200);
    expect((await call(registry, "GET", "/else")).status).toBe(404);
  });
});
