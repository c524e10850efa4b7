/** The releases that the demo of a pull request promotes: small images that say who they are, each with its bill of materials. */
import { artifact, image, type Built } from "../../test/support/images.ts";
import { blob, descriptorOf, manifestBlob, MEDIA } from "../../test/support/built.ts";
import { signatureOf, type Published } from "../example/content.ts";

/** What differs between two releases of one service. */
export interface Release {
  readonly version: string;
  /** The commit that it was built from. */
  readonly commit: string;
  readonly user: string;
  /** Names and versions. */
  readonly packages: Readonly<Record<string, string>>;
}

const SOURCE = "https://github.com/acme/payments-api";

/** One release, signed, with its bill of materials attached. */
export function releaseOf(release: Release, key: string): Published {
  const built = serviceImage(release);
  return {
    built,
    tags: [release.version],
    referrers: [bill(built, release)],
    tagged: [signatureOf(built, key)],
  };
}

function serviceImage({ version, commit, user }: Release): Built {
  const plain = image({
    seed: `payments/api ${version}`,
    layers: 2,
    layerBytes: 600,
    sharedLayers: 1,
  });
  const layers = plain.blobs.slice(1);
  const config = blob(
    JSON.stringify({
      os: "linux",
      architecture: "amd64",
      config: { User: user, Entrypoint: ["/payments-api"], ExposedPorts: { "8080/tcp": {} } },
      rootfs: { type: "layers", diff_ids: layers.map(({ digest }) => digest) },
    }),
    MEDIA.config,
  );
  const annotations = {
    "org.opencontainers.image.version": version,
    "org.opencontainers.image.source": SOURCE,
    "org.opencontainers.image.revision": commit,
  };
  const document = {
    mediaType: MEDIA.manifest,
    config: descriptorOf(config),
    layers: layers.map((layer) => descriptorOf(layer)),
  };
  return {
    ...plain,
    ...manifestBlob({ document, mediaType: MEDIA.manifest, common: { annotations } }),
    blobs: [config, ...layers],
  };
}

function bill(subject: Built, { packages }: Release): Built {
  const document = {
    spdxVersion: "SPDX-2.3",
    SPDXID: "SPDXRef-DOCUMENT",
    name: "payments-api",
    packages: Object.entries(packages).map(([name, versionInfo]) => ({
      SPDXID: `SPDXRef-${name}`,
      name,
      versionInfo,
      licenseDeclared: "MIT",
    })),
  };
  const files = { "payments-api.spdx.json": JSON.stringify(document) };
  return artifact({ subject, artifactType: MEDIA.spdx, fileType: MEDIA.spdx, files });
}
