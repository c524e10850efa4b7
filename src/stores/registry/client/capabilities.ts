/**
 * What a run has learned of one host, from definitive answers only; undefined is "not known yet". Shared by all of the
 * host's repositories, so that each thing is learned once.
 */
export interface HostCapabilities {
  /** The referrers API (distribution-spec end-12a). `registries.yaml` may say so; else the API's own answers do. */
  referrers: boolean | undefined;
  /** Settles when the host's first question to that API is answered; the others wait, and may then not ask at all. */
  referrersProbe: Promise<void> | undefined;
  /** Mounts: what POST ?mount=&from= has come to so far. */
  readonly mounts: MountRecord;
  /** POST ?digest= with the bytes (end-4b). */
  onePost: boolean | undefined;
  /** A first small blob is being tried with one POST: one at a time, as a miss sends it twice. */
  onePostProbe: boolean;
  /** PUT manifests/<digest>?tag=a&tag=b, answered with OCI-Tag (distribution-spec, after 1.1). */
  ociTag: boolean | undefined;
  /** False: HEAD of a manifest comes without what describes it, and a GET is asked straight. */
  headTells: boolean;
  /** Largest request body that the host or what stands before it takes, in bytes: learned by a 413. */
  maxBody: number | undefined;
  /** Google's manifest map in tags/list. */
  google: boolean;
  /** False: the host refuses our `n` on tags/list. */
  pageSize: boolean;
  /** Writes of referrers under way in this run, by repository and subject: the lock that registries lack. */
  readonly referrerWrites: Map<string, Promise<unknown>>;
  /** When the database of a Harbor project's scanner was made, asked once a run. */
  readonly scannerDatabases: Map<string, Promise<string | undefined>>;
}

/** How mounts went on one host. */
export interface MountRecord {
  hits: number;
  misses: number;
  /** False: the host answers an error where `from` is the target itself. */
  self: boolean | undefined;
  /** `?mount=` without `from`: proved by a blob that was known to be on the host. */
  anonymous: boolean | undefined;
  /** Repositories of which this host does not let us mount. */
  readonly refused: Set<string>;
}

/** The capabilities of every host of a run. */
export interface Capabilities {
  of(host: string): HostCapabilities;
}

/** Opens a record that knows nothing yet; one for each run, so that what was learned expires with it. */
export function openCapabilities(): Capabilities {
  const hosts = new Map<string, HostCapabilities>();
  return {
    of(host) {
      const known = hosts.get(host);
      if (known !== undefined) return known;
      const fresh = unknownHost(host);
      hosts.set(host, fresh);
      return fresh;
    },
  };
}

function unknownHost(host: string): HostCapabilities {
  return {
    referrers: undefined,
    referrersProbe: undefined,
    mounts: { hits: 0, misses: 0, self: undefined, anonymous: undefined, refused: new Set() },
    onePost: undefined,
    onePostProbe: false,
    ociTag: undefined,
    headTells: true,
    maxBody: undefined,
    google: isGoogle(host),
    pageSize: true,
    referrerWrites: new Map(),
    scannerDatabases: new Map(),
  };
}

/** Google's registries by name; others that speak the extension are recognised by their first listing. */
function isGoogle(host: string): boolean {
  return host === "gcr.io" || host.endsWith(".gcr.io") || host.endsWith("-docker.pkg.dev");
}
