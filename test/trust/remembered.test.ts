import { EXTENSION_OID_SCT, X509Certificate } from "@sigstore/core";
import { describe, expect, it } from "vitest";
import publicGood from "../../src/trust/roots/public-good.json" with { type: "json" };
import { parseCertificate, rememberIssuer } from "../../src/trust/remembered.ts";
import { one, PACKAGES } from "../support/npm-vectors.ts";
import { issue, makeInstance } from "../support/sigstore.ts";
import { hasVectors } from "../support/vectors.ts";

const instance = makeInstance();

/** What is in each certificate's bundle of the root in the package, and one of a test's. */
function certificates(): readonly (readonly [string, Buffer])[] {
  const authorities = [...publicGood.certificateAuthorities, ...publicGood.timestampAuthorities];
  const roots = authorities.flatMap(({ certChain, uri }) =>
    certChain.certificates.map(({ rawBytes }, at) => [`${uri} ${at}`, decoded(rawBytes)] as const),
  );
  const own = [["a test's", issue(instance).certificate]] as const;
  return [...roots, ...own, ...(hasVectors("npm-provenance") ? [["npm's", ofNpm()] as const] : [])];
}

function decoded(base64: string): Buffer {
  return Buffer.from(base64, "base64");
}

/** A leaf with a promise of a certificate log in it. */
function ofNpm(): Buffer {
  const { verificationMaterial } = one(`${PACKAGES[0].name}.json`, "provenance").bundle as {
    verificationMaterial: { x509CertificateChain: { certificates: [{ rawBytes: string }] } };
  };
  return decoded(verificationMaterial.x509CertificateChain.certificates[0].rawBytes);
}

function parsed(der: Buffer): X509Certificate {
  return X509Certificate.parse(Buffer.from(der));
}

function withoutPromises(certificate: X509Certificate): Buffer {
  const clone = certificate.clone();
  const at = clone.extensions.findIndex(({ subs }) => subs[0]?.toOID() === EXTENSION_OID_SCT);
  if (at >= 0) clone.extensions.splice(at, 1);
  return clone.tbsCertificate.toDER();
}

describe("a certificate that remembers", () => {
  it.for(certificates())("%s: encodes as the library does, each time", ([, der]) => {
    const [own, its] = [parseCertificate(der), parsed(der)];
    for (let time = 0; time < 2; time += 1) {
      expect(own.root.toDER()).toEqual(its.root.toDER());
      expect(own.tbsCertificate.toDER()).toEqual(its.tbsCertificate.toDER());
      expect(withoutPromises(own)).toEqual(withoutPromises(its));
    }
    expect(own.root.toDER()).toEqual(der);
    expect(own.equals(its) && its.equals(own)).toBe(true);
  });

  it("a clone that is changed changes nothing else", () => {
    const own = parseCertificate(issue(instance).certificate);
    const before = Buffer.from(own.tbsCertificate.toDER());
    const clone = own.clone();
    clone.extensions.splice(0, 1);
    expect(clone.tbsCertificate.toDER()).not.toEqual(before);
    expect(own.tbsCertificate.toDER()).toEqual(before);
  });

  it("asks once who issued it, and each issuer by itself", () => {
    const [authority] = instance.root.certificateAuthorities as [
      { certChain: { certificates: [{ rawBytes: string }] } },
    ];
    const root = parsed(decoded(authority.certChain.certificates[0].rawBytes));
    const other = parsed(issue(makeInstance()).certificate);
    const own = rememberIssuer(parseCertificate(issue(instance).certificate));
    for (let time = 0; time < 2; time += 1) {
      expect(own.verify(root)).toBe(true);
      expect(own.verify(other)).toBe(false);
      expect(own.verify()).toBe(false);
    }
  });

  it("throws where the library does", () => {
    const limit = Error.stackTraceLimit;
    expect(() => parseCertificate(Buffer.from("3003", "hex"))).toThrow();
    expect(Error.stackTraceLimit).toBe(limit);
  });
});
