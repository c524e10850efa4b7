import { describe, expect, it } from "vitest";
import { bundleFor, legacyAttestation, legacySignature } from "../support/attached.ts";
import { evidenceTag, image, seed } from "../support/images.ts";
import { makePair } from "../support/signing.ts";
import { openTrustWorkspace, trustFile } from "../support/trust-workspace.ts";
import { planned } from "../app/run.ts";
import { another, gate, LET_IN, sign } from "./gate.ts";

const other = image({ seed: "signed elsewhere" });

describe("threat 20: evidence of something else", () => {
  it("a bundle about another digest, attached here", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, ci, from } = workspace;
    seed(from, bundleFor(app, ci, { about: other }));
    expect(await gate(workspace)).toEqual(["refuse trust.signature"]);
    const { plan } = await planned(workspace);
    expect(plan.blocked.map(({ reason }) => reason).join()).toContain("subject");
  });

  it("cosign's tags of another digest, under this one's name", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, ci, from } = workspace;
    seed(from, legacySignature(other, [ci]), [evidenceTag(app.digest)]);
    seed(from, legacyAttestation(other, ci), [evidenceTag(app.digest, "att")]);
    expect(await gate(workspace)).toEqual(["refuse trust.signature"]);
  });

  it("the same digest under another project, whose rule believes somebody else", async () => {
    const shop = makePair();
    const file = trustFile()
      .replace("rules:", "  shop: { key: { file: policies/trust/shop.pub } }\nrules:")
      .replace("match: { channels: [prod] }", "match: { projects: [payments], channels: [prod] }")
      .concat(
        "  - { name: shop, match: { projects: [shop], channels: [prod] }, require: [{ signature: { anyOf: [shop] } }] }\n",
      );
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": file,
      "policies/trust/shop.pub": shop.pem,
    });
    const { app, ci, source } = workspace;
    sign(workspace, ci);
    const twin = another(workspace, { project: "shop", name: "twin", built: app });
    seed(source.repository("staging/twin"), bundleFor(app, ci));
    workspace.commit(twin.files);
    const { plan } = await planned(workspace);
    const refused = plan.blocked.map(({ artifact, code }) => `${artifact} ${code}`);
    expect([...new Set(refused)]).toEqual(["shop/twin trust.signature"]);
    expect(
      plan.actions.some(
        ({ artifact, channel }) => artifact === "payments/api" && channel === "prod",
      ),
    ).toBe(true);
    seed(source.repository("staging/twin"), bundleFor(app, shop));
    expect(await gate(workspace)).toEqual(LET_IN);
  });

  it("a statement of another type, signed by the right key, is no signature", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, ci, from } = workspace;
    for (const predicateType of [
      "https://slsa.dev/verification_summary/v1",
      "https://spdx.dev/Document",
    ])
      seed(from, bundleFor(app, ci, { predicateType, predicate: {} }));
    expect(await gate(workspace)).toEqual(["refuse trust.signature"]);
  });
});
