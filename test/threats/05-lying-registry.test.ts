import { describe, expect, it } from "vitest";
import { applied, planned } from "../app/run.ts";
import { image } from "../support/images.ts";
import { openTrustWorkspace, signatureOf } from "../support/trust-workspace.ts";
import { gate, LET_IN, sign } from "./gate.ts";

describe("threat 5: a registry lies about digest or content", () => {
  it("bytes of evidence that are not those of its digest decide nothing: unknown, exit 1", async () => {
    await using workspace = await openTrustWorkspace();
    const [, layer] = sign(workspace, workspace.ci).blobs;
    workspace.source.fault({
      match: { kind: "blob", reference: layer?.digest ?? "", times: Infinity },
      do: { kind: "corrupt" },
    });
    expect(await gate(workspace)).toEqual(["unknown trust.signature"]);
    expect((await planned(workspace)).exitCode).toBe(1);
  });

  it("a signed image under the digest of another is not believed", async () => {
    await using workspace = await openTrustWorkspace();
    sign(workspace, workspace.ci);
    const evil = image({ seed: "evil" });
    workspace.source.fault({
      match: { kind: "manifest", reference: workspace.app.digest, times: Infinity },
      do: { kind: "body", bytes: evil.bytes, contentType: evil.mediaType },
    });
    const { plan, exitCode } = await planned(workspace);
    expect(plan.actions.filter(({ channel }) => channel === "prod")).toEqual([]);
    expect(exitCode).toBe(1);
  });

  it("002-24 a destination that gives back other evidence than it took gets no tag", async () => {
    await using workspace = await openTrustWorkspace();
    const [, layer] = sign(workspace, workspace.ci).blobs;
    expect(await gate(workspace)).toEqual(LET_IN);
    workspace.target.fault({
      match: { kind: "blob", method: "GET", reference: layer?.digest ?? "", times: Infinity },
      do: { kind: "corrupt" },
    });
    const { exitCode } = await applied(workspace);
    expect(exitCode).toBe(1);
    expect([...workspace.target.repository("prod/api").tags.keys()]).toEqual([]);
  });

  it("a listing that calls a stranger's bundle the authority's changes nothing", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, from, ci } = workspace;
    const mine = signatureOf(app, ci);
    // Everything about the authority's bundle is said, and its bytes are of nobody's signature.
    const unsigned = Buffer.from(mine.bytes.toString().replaceAll("cosign/sign", "cosign/none"));
    from.putManifest(unsigned, mine.mediaType, []);
    expect(await gate(workspace)).not.toEqual(LET_IN);
  });
});
