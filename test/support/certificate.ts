import { generateKeyPairSync, sign } from "node:crypto";
import { bits, der, oid, pem, sequence, time } from "./der.ts";

/** A key and a certificate, in PEM, as node:https takes them. */
export interface SelfSigned {
  readonly key: string;
  readonly cert: string;
}

const ECDSA_WITH_SHA256 = sequence(oid("2a8648ce3d040302"));
const COMMON_NAME = "550403";
const SUBJECT_ALT_NAME = "551d11";
const BASIC_CONSTRAINTS = "551d13";

function name(commonName: string): Buffer {
  const attribute = sequence(oid(COMMON_NAME), der(0x0c, Buffer.from(commonName)));
  return sequence(der(0x31, attribute));
}

/** The loopback address and its name, and one that only a proxy knows, as the certificate's owner. */
function alternativeNames(): Buffer {
  const dns = ["localhost", "registry.test"].map((host) => der(0x82, Buffer.from(host)));
  const address = der(0x87, Buffer.from([127, 0, 0, 1]));
  return sequence(oid(SUBJECT_ALT_NAME), der(0x04, sequence(...dns, address)));
}

function authority(): Buffer {
  const constraint = sequence(der(0x01, Buffer.from([0xff])));
  return sequence(oid(BASIC_CONSTRAINTS), der(0x01, Buffer.from([0xff])), der(0x04, constraint));
}

/**
 * Makes a self-signed certificate for 127.0.0.1 and localhost, so that no key is ever in the tree;
 * an end in the past gives an expired one. RFC 5280 §4.1.
 */
export function selfSigned(end: Date = new Date("2099-01-01T00:00:00Z")): SelfSigned {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const owner = name("registry double");
  const content = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([1])),
    ECDSA_WITH_SHA256,
    owner,
    sequence(time(new Date("2020-01-01T00:00:00Z")), time(end)),
    owner,
    publicKey.export({ type: "spki", format: "der" }),
    der(0xa3, sequence(authority(), alternativeNames())),
  );
  const signature = sign("sha256", content, privateKey);
  const certificate = sequence(content, ECDSA_WITH_SHA256, bits(signature));
  return {
    key: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    cert: pem("CERTIFICATE", certificate),
  };
}
