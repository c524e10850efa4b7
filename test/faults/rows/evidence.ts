import { expect } from "vitest";
import {
  evidenceTag,
  image,
  multiArch,
  sbomFor,
  seed,
  signatureFor,
} from "../../support/images.ts";
import type { FaultRow } from "../row.ts";
import { FROM, say, TO, type World } from "../world.ts";

const WEB = multiArch(["amd64", "arm64"], { seed: "web" });

async function wantIndex(world: World): Promise<void> {
  seed(world.source.repository(FROM), WEB, ["v2.0.0"]);
  await say(world, [
    { version: "v2.0.0", digest: WEB.digest, channels: ["prod"] },
    { version: "v1.0.0", digest: world.app.digest, channels: ["prod"] },
  ]);
}

/** Evidence, and content that is there in part. */
export const EVIDENCE: readonly FaultRow[] = [
  {
    what: "neither registry has the referrers API",
    ids: "002-43",
    options: { source: { referrers: "off" }, target: { referrers: "off-json" } },
    arrange: ({ source, app }) => {
      const sbom = sbomFor(app);
      const list = {
        schemaVersion: 2,
        mediaType: "application/vnd.oci.image.index.v1+json",
        manifests: [
          {
            mediaType: sbom.mediaType,
            digest: sbom.digest,
            size: sbom.bytes.length,
            artifactType: sbom.artifactType,
          },
        ],
      };
      source
        .repository(FROM)
        .putManifest(JSON.stringify(list), list.mediaType, [app.digest.replace(":", "-")]);
    },
    code: 0,
    check: ({ target, app }) => {
      const list = target.repository(TO).resolve(app.digest.replace(":", "-"));
      expect(list?.bytes.toString("utf8")).toContain(sbomFor(app).digest);
    },
  },
  {
    what: "an index is at the target and one of its images is not (`plan`)",
    ids: "001-16",
    arrange: halfCopied,
    run: (world) => world.run("plan", "--detailed-exitcode"),
    code: 0,
    heal: ["apply", "--yes", "--deep"],
  },
  {
    what: "an index is at the target and one of its images is not (`apply --deep`)",
    arrange: halfCopied,
    run: (world) => world.run("apply", "--yes", "--deep"),
    code: 0,
  },
  {
    what: "the signature at the target is another than the source's",
    arrange: ({ target, app }) => {
      const own = signatureFor(image({ seed: "another" }), "b3duZXI=");
      seed(target.repository(TO), own, [evidenceTag(app.digest)]);
    },
    code: 0,
    says: "holds evidence that",
    complete: false,
    check: ({ target, app }) => {
      const own = signatureFor(image({ seed: "another" }), "b3duZXI=");
      expect(target.repository(TO).tags.get(evidenceTag(app.digest))).toBe(own.digest);
      expect(target.repository(TO).tags.get("v1.0.0")).toBe(app.digest);
    },
  },
];

async function halfCopied(world: World): Promise<void> {
  await wantIndex(world);
  expect((await world.run("apply", "--yes")).code).toBe(0);
  const [child] = WEB.children;
  world.target.repository(TO).manifests.delete(child?.digest ?? "");
}
