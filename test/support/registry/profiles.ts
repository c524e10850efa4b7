import type { RegistryOptions } from "./options.ts";

/** Behaviours of well-known registries, as far as a client can tell them apart. */
export const PROFILES: Readonly<
  Record<"distribution" | "ghcr" | "google" | "harbor" | "zot", RegistryOptions>
> = {
  /** CNCF distribution 2 and 3: no referrers API, mounts need `from`, one-POST ignored. */
  distribution: {
    referrers: "off",
    onePost: "ignored",
    mount: "from",
    location: "absolute-with-query",
    conditional: "etag",
  },
  /** zot: referrers, OCI-Tag, one-POST, mounts without `from`, indexes keep their children. */
  zot: {
    referrers: "api",
    ociTag: true,
    onePost: "honoured",
    mount: "anonymous",
    delete: { digest: true, tag: true, blob: true, keepChildren: true },
  },
  /** Google Artifact Registry: manifest map in tags/list, untag before delete. */
  google: {
    google: true,
    referrers: "off-json",
    location: "absolute-with-query",
    delete: { digest: true, tag: true, blob: false, untagFirst: true },
  },
  /** GHCR: no referrers API, no delete. */
  ghcr: {
    referrers: "off-json",
    delete: {},
    catalog: false,
  },
  /** Harbor: projects must exist. */
  harbor: {
    referrers: "api",
    harbor: { projects: ["library"] },
  },
};
