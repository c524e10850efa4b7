import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isRecord } from "../push.ts";
import { ROOT } from "../waybill.ts";
import { keylessBundle, statement } from "../../test/support/signing.ts";
import { ISSUER, makeInstance } from "../../test/support/sigstore.ts";

/** What the program verifies: keyless evidence about one digest or several, under one root. */
export interface Pieces {
  /** Where it is from, for the reader of the table. */
  readonly origin: string;
  readonly mediaType: string;
  readonly issuer: string;
  /** Undefined: the root of the public instance. */
  readonly root: object | undefined;
  /** Whether certificates of this instance carry a promise of a log. */
  readonly sct: "required" | "none";
  /** Each bundle, and the digest that it is about. */
  readonly bundles: readonly (readonly [bundle: object, digest: string])[];
}

const MEDIA_TYPE = "application/vnd.dev.sigstore.bundle.v0.3+json";
const PACKAGE = "../shared/vectors/npm-provenance/gundam-visor-cli-v1-tag.tgz";

/** Evidence of the public instance where it lies beside the checkout; else such as a test instance makes, which is cheaper. */
export async function somePieces(count: number): Promise<Pieces> {
  const file = join(ROOT, PACKAGE);
  return existsSync(file) ? realPieces(file) : madePieces(count);
}

async function realPieces(file: string): Promise<Pieces> {
  const document: unknown = JSON.parse(await readFile(`${file}.json`, "utf8"));
  const all: unknown = isRecord(document) ? document["attestations"] : undefined;
  const bundles = (Array.isArray(all) ? all : [])
    .filter(isRecord)
    .filter(({ predicateType }) => String(predicateType).includes("provenance"))
    .map(({ bundle }) => bundle)
    .filter(isRecord);
  const hex = createHash("sha512")
    .update(await readFile(file))
    .digest("hex");
  return {
    origin: "an npm provenance of Sigstore's public instance",
    mediaType: MEDIA_TYPE,
    issuer: ISSUER,
    root: undefined,
    sct: "required",
    bundles: bundles.map((bundle) => [bundle, `sha512:${hex}`] as const),
  };
}

function madePieces(count: number): Pieces {
  const instance = makeInstance();
  return {
    origin: `bundles of a test instance (no ${dirname(PACKAGE)} beside the checkout)`,
    mediaType: MEDIA_TYPE,
    issuer: ISSUER,
    root: instance.root,
    sct: "none",
    bundles: Array.from({ length: count }, (_, number) => {
      const hex = number.toString(16).padStart(64, "0");
      return [keylessBundle(instance, statement(hex)), `sha256:${hex}`] as const;
    }),
  };
}
