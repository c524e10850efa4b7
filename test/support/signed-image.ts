import { envelope, keyBundle, signBytes, statement, type Pair } from "./signing.ts";
import { MEDIA, blob, descriptorOf, manifestBlob, type Built, type BuiltBlob } from "./built.ts";
import { artifact, evidenceTag, image, seed } from "./images.ts";
import type { Repository } from "./registry/index.ts";

/** How an image is to be signed, and what it is to be attested. */
export interface SignedOptions {
  readonly signers?: readonly Pair[];
  /** The repository that the older form names. */
  readonly reference?: string;
  readonly form: "bundle" | "legacy";
  /** Predicates by type, each signed by the first signer, as bundles. */
  readonly statements?: Readonly<Record<string, unknown>>;
}

const BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const SIGNATURE = "https://sigstore.dev/cosign/sign/v1";

/** Puts an image into a repository, with signatures in the form of cosign 3 or of the versions before it. */
export function seedSigned(
  repository: Repository,
  name: string,
  { signers = [], reference = "", form, statements = {} }: SignedOptions,
): Built {
  const built = image({ seed: name });
  seed(repository, built, ["v1"]);
  if (form === "legacy" && signers.length > 0)
    seed(repository, legacyOf(built, signers, reference), [evidenceTag(built.digest, "sig")]);
  const [first] = signers;
  if (form === "legacy" && first !== undefined && Object.keys(statements).length > 0)
    seed(repository, attestedOf(built, first, statements), [evidenceTag(built.digest, "att")]);
  const signed = form === "bundle" ? signers.map((pair) => [pair, SIGNATURE, {}] as const) : [];
  const attested = Object.entries(statements).flatMap(([type, predicate]) =>
    first === undefined || form === "legacy" ? [] : [[first, type, predicate] as const],
  );
  for (const [pair, predicateType, predicate] of [...signed, ...attested])
    seed(repository, bundleOf(built, pair, { predicateType, predicate }));
  return built;
}

function bundleOf(built: Built, pair: Pair, about: Readonly<Record<string, unknown>>): Built {
  const payload = statement(built.digest.replace("sha256:", ""), about);
  const bundle = keyBundle(envelope(payload, [pair.privateKey]), pair.hint);
  return artifact({
    subject: built,
    artifactType: BUNDLE,
    fileType: BUNDLE,
    files: { bundle: JSON.stringify(bundle) },
    annotations: {
      "dev.sigstore.bundle.content": "dsse-envelope",
      "dev.sigstore.bundle.predicateType": String(about["predicateType"]),
    },
  });
}

function legacyOf(built: Built, signers: readonly Pair[], reference: string): Built {
  const payload = JSON.stringify({
    critical: {
      identity: { "docker-reference": reference },
      image: { "docker-manifest-digest": built.digest },
      type: "cosign container image signature",
    },
    optional: null,
  });
  const layers = signers.map(({ privateKey }) => {
    const signature = signBytes(privateKey, Buffer.from(payload)).toString("base64");
    const annotations = { "dev.cosignproject.cosign/signature": signature };
    return { layer: blob(payload, MEDIA.cosignLayer), annotations };
  });
  return layersOf(layers);
}

function attestedOf(
  built: Built,
  pair: Pair,
  statements: Readonly<Record<string, unknown>>,
): Built {
  const layers = Object.entries(statements).map(([predicateType, predicate]) => {
    const payload = statement(built.digest.replace("sha256:", ""), { predicateType, predicate });
    const text = JSON.stringify(envelope(payload, [pair.privateKey]));
    const annotations = { "dev.cosignproject.cosign/signature": "", predicateType };
    return { layer: blob(text, "application/vnd.dsse.envelope.v1+json"), annotations };
  });
  return layersOf(layers);
}

interface Layer {
  readonly layer: BuiltBlob;
  readonly annotations: Readonly<Record<string, string>>;
}

/** The manifest that cosign keeps under a tag, a layer for each signature. */
function layersOf(layers: readonly Layer[]): Built {
  const rootfs = { type: "layers", diff_ids: layers.map(({ layer }) => layer.digest) };
  const config = blob(
    JSON.stringify({ architecture: "", config: {}, os: "", rootfs }),
    MEDIA.config,
  );
  const document = {
    mediaType: MEDIA.manifest,
    config: descriptorOf(config),
    layers: layers.map(({ layer, annotations }) => ({ ...descriptorOf(layer), annotations })),
  };
  return {
    ...manifestBlob({ document, mediaType: MEDIA.manifest, common: {} }),
    blobs: [config, ...layers.map(({ layer }) => layer)],
    children: [],
    platform: undefined,
    artifactType: undefined,
  };
}
