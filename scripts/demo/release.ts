/** The releases that the demo of a pull request promotes: small images that say who they are, with all a build attaches. */
import { bundleFor } from "../../test/support/attached.ts";
import { image, type Built } from "../../test/support/images.ts";
import type { Pair } from "../../test/support/signing.ts";
import type { Published } from "../example/content.ts";

/** What differs between two releases of one service. */
export interface Release {
  readonly version: string;
  /** The commit that it was built from. */
  readonly commit: string;
  readonly user: string;
  /** Names and versions. */
  readonly packages: Readonly<Record<string, string>>;
  /** Known vulnerabilities and how severe they are. */
  readonly vulnerabilities: Readonly<Record<string, string>>;
}

const SOURCE = "https://github.com/acme/payments-api";

/** One release as its build publishes it: signed, with a bill of materials and a scan that are signed too. */
export function releaseOf(release: Release, key: Pair): Published {
  const { version, commit, user } = release;
  const built = image({
    seed: `payments/api ${version}`,
    layers: 2,
    layerBytes: 600,
    sharedLayers: 1,
    config: { User: user, Entrypoint: ["/payments-api"], ExposedPorts: { "8080/tcp": {} } },
    annotations: {
      "org.opencontainers.image.version": version,
      "org.opencontainers.image.source": SOURCE,
      "org.opencontainers.image.revision": commit,
    },
  });
  const referrers = [bundleFor(built, key), bill(built, release, key), scan(built, release, key)];
  return { built, tags: [version], referrers, tagged: [] };
}

function bill(built: Built, { packages }: Release, key: Pair): Built {
  const predicate = {
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
  return bundleFor(built, key, { predicateType: "https://spdx.dev/Document", predicate });
}

/** Trivy's report, in the statement that cosign makes of it. */
function scan(built: Built, { vulnerabilities }: Release, key: Pair): Built {
  const Vulnerabilities = Object.entries(vulnerabilities).map(([VulnerabilityID, Severity]) => ({
    VulnerabilityID,
    Severity,
  }));
  const finished = new Date(Date.now() - 3_600_000).toISOString();
  const predicate = {
    invocation: {},
    scanner: { uri: "trivy", result: { SchemaVersion: 2, Results: [{ Vulnerabilities }] } },
    metadata: { scanStartedOn: finished, scanFinishedOn: finished },
  };
  const predicateType = "https://cosign.sigstore.dev/attestation/vuln/v1";
  return bundleFor(built, key, { predicateType, predicate });
}
