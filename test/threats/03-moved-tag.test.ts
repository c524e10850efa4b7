import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import { runVerb } from "../support/run-verb.ts";
import { openWorkspace } from "../support/workspace.ts";

const reviewed = image({ seed: "reviewed" });
const swapped = image({ seed: "swapped" });

describe("threat 3: a tag that moves between review and merge", () => {
  it("is resolved once, into the file; what was reviewed is what is copied", async () => {
    await using workspace = await openWorkspace();
    const { root, source, target } = workspace;
    seed(source.repository("staging/api"), reviewed, ["v1.0.0"]);
    const what = ["--tag", "v1.0.0", "--kind", "container-image"];
    const whence = ["--source", "registry.example.com/staging/api"];
    const register = ["register", "payments/api@v1.0.0", ...what, ...whence];
    expect(await runVerb(register, { folder: root })).toMatchObject({ exitCode: 0 });
    workspace.commit();
    const promote = ["promote", "payments/api@v1.0.0", "--to", "staging"];
    expect(await runVerb(promote, { folder: root })).toMatchObject({ exitCode: 0 });
    expect(workspace.read("promotions/payments/api.yaml")).toContain(reviewed.digest);
    seed(source.repository("staging/api"), swapped, ["v1.0.0"]);
    workspace.commit();
    const asked = source.requests.length;
    const { exitCode } = await runVerb(["apply", "--yes"], { folder: root });
    expect(exitCode).toBe(0);
    expect(target.repository("preprod/payments/api").tags.get("v1.0.0")).toBe(reviewed.digest);
    expect(target.repository("preprod/payments/api").manifests.has(swapped.digest)).toBe(false);
    const read = source.requests.slice(asked).map(({ path }) => path);
    expect(read.filter((path) => path.endsWith("/manifests/v1.0.0"))).toEqual([]);
  });

  it("a file cannot name one", async () => {
    await using workspace = await openWorkspace();
    workspace.write(
      "promotions/payments/api.yaml",
      `apiVersion: waybill.dev/v1
kind: Promotion
project: payments
name: api
artifact: { kind: container-image, source: { type: oci, repository: registry.example.com/staging/api } }
versions:
  - { version: v1.0.0, digest: latest, channels: [staging] }
`,
    );
    const { exitCode, out } = await runVerb(["validate"], { folder: workspace.root });
    expect({ exitCode, out }).toMatchObject({
      exitCode: 2,
      out: expect.stringContaining("digest"),
    });
    expect(workspace.requests()).toBe(0);
  });
});
