import { X509Certificate, type ASN1Obj } from "@sigstore/core";

/**
 * Reads a certificate in DER, in a tenth of the library's time where it is then compared: the library encodes whole
 * certificates anew whenever it compares two of them, a dozen times for one signature, a kilobyte for each part of them.
 * Throws as the library does.
 */
export function parseCertificate(der: Buffer): X509Certificate {
  return rememberEncoding(parsed(der));
}

/** The library throws, and catches, an error for every string in it that holds no DER: none of them needs a stack. */
function parsed(der: Buffer): X509Certificate {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    // It goes on using the bytes, so they are its own.
    return X509Certificate.parse(Buffer.from(der));
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * Has a certificate encode itself once. Nobody changes a certificate after this: whoever takes something out of one works
 * on a clone, which encodes itself anew.
 */
export function rememberEncoding(certificate: X509Certificate): X509Certificate {
  const { root, tbsCertificate } = certificate;
  for (const part of [root, tbsCertificate]) {
    let encoded: Buffer | undefined;
    part.toDER = () => (encoded ??= encode(part));
  }
  certificate.clone = () => {
    const clone = parsed(root.toDER());
    const { tbsCertificate: part } = clone;
    part.toDER = () => encode(part);
    return clone;
  };
  return certificate;
}

/** Has a certificate of a trusted root say once, too, which other one of the root issued it. */
export function rememberIssuer(certificate: X509Certificate): X509Certificate {
  const known = new WeakMap<X509Certificate, boolean>();
  const verify = certificate.verify.bind(certificate);
  certificate.verify = (issuer) => {
    const by = issuer ?? certificate;
    const isIssued = known.get(by) ?? verify(issuer);
    known.set(by, isIssued);
    return isIssued;
  };
  return certificate;
}

/** The bytes that the library's own `toDER` gives, with no more memory than they take (X.690, 10.1). */
function encode({ tag, subs, value }: ASN1Obj): Buffer {
  const content = subs.length > 0 ? Buffer.concat(subs.map(encode)) : value;
  return Buffer.concat([Buffer.from([tag.toDER(), ...lengthOf(content.length)]), content]);
}

function lengthOf(length: number): readonly number[] {
  if (length < 0x80) return [length];
  const bytes: number[] = [];
  for (let rest = length; rest > 0; rest = Math.floor(rest / 256)) bytes.unshift(rest % 256);
  return [0x80 | bytes.length, ...bytes];
}
