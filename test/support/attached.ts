import { MEDIA, blob, descriptorOf, manifestBlob, type Built, type BuiltBlob } from "./built.ts";
import { artifact } from "./evidence.ts";
import { envelope, keyBundle, signBytes, statement, V03, type Pair } from "./signing.ts";

/** Evidence as tools push it, signed by keys that a test made. */

const DSSE = "application/vnd.dsse.envelope.v1+json";
const COSIGN_SIGN = "https://sigstore.dev/cosign/sign/v1";

function hexOf({ digest }: Pick<BuiltBlob, "digest">): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** What a bundle says; the default is cosign 3's signature, about the subject that it is attached to. */
export interface Said {
  readonly predicateType?: string;
  readonly predicate?: object;
  /** Which digest the statement names, where that is not the subject's. */
  readonly about?: Pick<BuiltBlob, "digest">;
}

/** A Sigstore bundle as cosign 3 attaches it: a referrer with one layer. */
export function bundleFor(subject: BuiltBlob, pair: Pair, said: Said = {}): Built {
  const { predicateType = COSIGN_SIGN, predicate = {}, about = subject } = said;
  const payload = statement(hexOf(about), { predicateType, predicate });
  const bundle = keyBundle(envelope(payload, [pair.privateKey]), pair.hint);
  return artifact({
    subject,
    artifactType: V03,
    fileType: V03,
    files: { "bundle.json": JSON.stringify(bundle) },
    annotations: { "dev.sigstore.bundle.predicateType": predicateType },
  });
}

/** A referrer of any type with any bytes. */
export function referrerOf(subject: BuiltBlob, type: string, bytes: Uint8Array | string): Built {
  return artifact({ subject, artifactType: type, fileType: type, files: { "file.json": bytes } });
}

/** What cosign 2 keeps under `sha256-<hex>.sig`: one payload, and a layer for each key's signature over it. */
export function legacySignature(subject: BuiltBlob, pairs: readonly Pair[]): Built {
  const payload = blob(
    JSON.stringify({
      critical: {
        identity: { "docker-reference": "registry.example.com/payments/api" },
        image: { "docker-manifest-digest": subject.digest },
        type: "cosign container image signature",
      },
      optional: null,
    }),
    MEDIA.cosignLayer,
  );
  const signatures = pairs.map((pair) => signBytes(pair.privateKey, payload.bytes));
  const layers = signatures.map((signature) => ({
    ...descriptorOf(payload),
    annotations: { "dev.cosignproject.cosign/signature": signature.toString("base64") },
  }));
  return legacy([payload], layers);
}

/** What cosign 2 keeps under `sha256-<hex>.att`: an envelope a layer. */
export function legacyAttestation(subject: BuiltBlob, pair: Pair, said: Said = {}): Built {
  const { predicateType = "https://spdx.dev/Document", predicate = {}, about = subject } = said;
  const payload = statement(hexOf(about), { predicateType, predicate });
  const layer = blob(JSON.stringify(envelope(payload, [pair.privateKey])), DSSE);
  return legacy(
    [layer],
    [
      {
        ...descriptorOf(layer),
        annotations: { predicateType, "dev.cosignproject.cosign/signature": "" },
      },
    ],
  );
}

/** What `cosign attach sbom` keeps under `sha256-<hex>.sbom`. */
export function legacySbom(document: object): Built {
  const layer = blob(JSON.stringify(document), "text/spdx+json");
  return legacy([layer], [descriptorOf(layer)]);
}

function legacy(blobs: readonly BuiltBlob[], layers: readonly object[]): Built {
  const config = blob(JSON.stringify({ rootfs: { type: "layers" } }), MEDIA.config);
  const document = { mediaType: MEDIA.manifest, config: descriptorOf(config), layers };
  return {
    ...manifestBlob({ document, mediaType: MEDIA.manifest, common: {} }),
    blobs: [config, ...blobs],
    children: [],
    platform: undefined,
    artifactType: undefined,
  };
}

/** An SPDX document of one package. */
export const SPDX: object = {
  spdxVersion: "SPDX-2.3",
  name: "api",
  packages: [{ name: "left-pad", licenseConcluded: "MIT" }],
};
