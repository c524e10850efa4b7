import { describe, expect, it } from "vitest";
import { evidenceTag, seed } from "../support/images.ts";
import { bundleFor, legacySignature } from "../support/attached.ts";
import { keylessBundle, statement, V03 } from "../support/signing.ts";
import { ISSUER, makeInstance, rootBytes, SUBJECT } from "../support/sigstore.ts";
import { artifact } from "../support/evidence.ts";
import { createHash } from "node:crypto";
import { openTrustWorkspace, trustFile } from "../support/trust-workspace.ts";
import { gate, LET_IN, sign } from "./gate.ts";
import { planned } from "../app/run.ts";

const instance = makeInstance();
const ROOT = rootBytes(instance.root).toString("utf8");
const SHA = createHash("sha256").update(ROOT).digest("hex");

function keyless(evidence: string): string {
  return `apiVersion: waybill.dev/v1
kind: Trust
roots: { own: { file: policies/trust/own.json, sha256: "${SHA}", fetchedAt: 2026-11-01 } }
authorities:
  ci:
    keyless: { issuer: "${ISSUER}", subject: "${SUBJECT}", root: own }
    evidence: { ${evidence}, sct: none }
rules:
  - { name: images, match: { channels: [prod] }, require: [{ signature: { anyOf: [ci] } }] }
`;
}

/** A keyless bundle about the image, its log entry changed or left out. */
function bundled(
  app: { readonly digest: string; readonly bytes: Buffer; readonly mediaType: string },
  change: (bundle: ReturnType<typeof keylessBundle>) => object,
): ReturnType<typeof artifact> {
  const payload = statement(app.digest.replace("sha256:", ""), {
    predicateType: "https://sigstore.dev/cosign/sign/v1",
    predicate: {},
  });
  const text = JSON.stringify(change(keylessBundle(instance, payload)));
  return artifact({ subject: app, artifactType: V03, fileType: V03, files: { b: text } });
}

function downgraded(made: ReturnType<typeof keylessBundle>): object {
  const { certificate, tlogEntries } = made.verificationMaterial;
  const entries = tlogEntries.map((entry) => ({ ...entry, inclusionProof: undefined }));
  return {
    ...made,
    mediaType: "application/vnd.dev.sigstore.bundle+json;version=0.1",
    verificationMaterial: {
      x509CertificateChain: { certificates: [certificate] },
      tlogEntries: entries,
    },
  };
}

function stripped(made: ReturnType<typeof keylessBundle>): object {
  return { ...made, verificationMaterial: { ...made.verificationMaterial, tlogEntries: [] } };
}

describe("threat 19: signatures are taken away, hidden, or brought in a weaker form", () => {
  it("absence is never success: a listing that leaves the signature out refuses", async () => {
    await using workspace = await openTrustWorkspace();
    sign(workspace, workspace.ci);
    expect(await gate(workspace)).toEqual(LET_IN);
    const empty = {
      schemaVersion: 2,
      mediaType: "application/vnd.oci.image.index.v1+json",
      manifests: [],
    };
    workspace.source.fault({
      match: { kind: "referrers", times: Infinity },
      do: { kind: "body", bytes: JSON.stringify(empty), contentType: empty.mediaType },
    });
    expect(await gate(workspace)).toEqual(["refuse trust.signature"]);
  });

  it("a bundle beside an older signature hides it from nobody: every form counts that the rule takes", async () => {
    await using workspace = await openTrustWorkspace();
    const { app, ci, from } = workspace;
    seed(from, legacySignature(app, [ci]), [evidenceTag(app.digest)]);
    expect(await gate(workspace)).toEqual(LET_IN);
    seed(from, bundleFor(app, ci, { predicateType: "https://example.com/qa/v1" }));
    expect(await gate(workspace)).toEqual(LET_IN);
  });

  it("a form that the rule does not take is not enough, and is told", async () => {
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": trustFile(["signature: { anyOf: [ci], formats: [bundle] }"]),
    });
    const { app, ci, from } = workspace;
    seed(from, legacySignature(app, [ci]), [evidenceTag(app.digest)]);
    expect(await gate(workspace)).toEqual(["refuse trust.signature"]);
    const { plan } = await planned(workspace);
    expect(plan.blocked.map(({ reason }) => reason).join()).toContain("legacy");
  });

  it.for([
    [
      "as it was made",
      (made: ReturnType<typeof keylessBundle>) => made,
      "tlog: required, inclusionProof: required",
      LET_IN,
    ],
    [
      "as v0.1 without the log's proof",
      downgraded,
      "tlog: required, inclusionProof: required",
      ["refuse trust.signature"],
    ],
    ["as v0.1, where no proof is asked", downgraded, "tlog: required", LET_IN],
    [
      "without its log entry, its certificate long over",
      stripped,
      "tlog: required",
      ["refuse trust.signature"],
    ],
    [
      "without any trusted time, where no log is asked",
      stripped,
      "tlog: optional",
      ["refuse trust.signature"],
    ],
  ] as const)("a keyless signature %s", async ([, change, evidence, expected]) => {
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": keyless(evidence),
      "policies/trust/own.json": ROOT,
    });
    seed(workspace.from, bundled(workspace.app, change));
    expect(await gate(workspace)).toEqual(expected);
  });
});
