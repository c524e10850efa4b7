/** An action of somebody else's, by the commit that was looked at. */
export interface Pin {
  readonly action: string;
  readonly commit: string;
  readonly version: string;
}

/** What our workflows use. */
type PinName =
  | "checkout"
  | "setupNode"
  | "setupGo"
  | "cache"
  | "uploadArtifact"
  | "downloadArtifact"
  | "attest"
  | "appToken";

/** The one place where commits of other people's actions stand; a test holds every workflow to it (issue 6 §6). */
export const PINS: Readonly<Record<PinName, Pin>> = {
  checkout: {
    action: "actions/checkout",
    commit: "3d3c42e5aac5ba805825da76410c181273ba90b1",
    version: "v7.0.1",
  },
  setupNode: {
    action: "actions/setup-node",
    commit: "48b55a011bda9f5d6aeb4c2d9c7362e8dae4041e",
    version: "v6.4.0",
  },
  setupGo: {
    action: "actions/setup-go",
    commit: "4a3601121dd01d1626a1e23e37211e3254c1c06c",
    version: "v6.4.0",
  },
  cache: {
    action: "actions/cache",
    commit: "55cc8345863c7cc4c66a329aec7e433d2d1c52a9",
    version: "v6.1.0",
  },
  uploadArtifact: {
    action: "actions/upload-artifact",
    commit: "bbbca2ddaa5d8feaa63e36b76fdaad77386f024f",
    version: "v7.0.0",
  },
  downloadArtifact: {
    action: "actions/download-artifact",
    commit: "70fc10c6e5e1ce46ad2ea6f2b72d43f7d47b13c3",
    version: "v8.0.0",
  },
  attest: {
    action: "actions/attest-build-provenance",
    commit: "a2bbfa25375fe432b6a289bc6b6cd05ecd0c4c32",
    version: "v4.1.0",
  },
  appToken: {
    action: "actions/create-github-app-token",
    commit: "bcd2ba49218906704ab6c1aa796996da409d3eb1",
    version: "v3.2.0",
  },
};

/** What stands after `uses:`. */
export function usesPin({ action, commit, version }: Pin): string {
  return `${action}@${commit} # ${version}`;
}
