import { createHash, sign } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { der, oid, oidHex, sequence, time } from "./der.ts";
import {
  certify,
  ECDSA_WITH_SHA256,
  extension,
  named,
  party,
  type Instance,
  type Party,
  type RootDocument,
} from "./sigstore.ts";

/** A timestamp authority on loopback (RFC 3161), and the root of its instance with it in. */
export interface TimestampAuthority extends AsyncDisposable {
  readonly url: string;
  readonly root: RootDocument;
  /** How often it was asked. */
  readonly asked: () => number;
}

const SIGNED_DATA = oid(oidHex("1.2.840.113549.1.7.2"));
const TST_INFO = oid(oidHex("1.2.840.113549.1.9.16.1.4"));
const CONTENT_TYPE = oid(oidHex("1.2.840.113549.1.9.3"));
const MESSAGE_DIGEST = oid(oidHex("1.2.840.113549.1.9.4"));
const SHA256 = sequence(oid(oidHex("2.16.840.1.101.3.4.2.1")), der(0x05));
const POLICY = oid(oidHex("1.3.6.1.4.1.99999.1"));
const EXTENDED_KEY_USAGE = "2.5.29.37";
const TIME_STAMPING = oid(oidHex("1.3.6.1.5.5.7.3.8"));
const NAME = "test authority";
const WINDOW: readonly [Date, Date] = [
  new Date("2026-01-01T00:00:00Z"),
  new Date("2036-01-01T00:00:00Z"),
];

/** Starts one whose certificate the instance's authority gave. */
export async function startTimestampAuthority(instance: Instance): Promise<TimestampAuthority> {
  const own = party();
  const certificate = certify({
    issuer: NAME,
    subject: "test timestamps",
    spki: own.spki,
    signer: instance.authority.privateKey,
    window: WINDOW,
    extensions: [extension(EXTENDED_KEY_USAGE, sequence(TIME_STAMPING), true)],
  });
  let asked = 0;
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      asked += 1;
      response.writeHead(200, { "content-type": "application/timestamp-reply" });
      response.end(reply(Buffer.concat(chunks), own, certificate));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    root: { ...instance.root, timestampAuthorities: [chainOf(instance, certificate)] },
    asked: () => asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function chainOf({ root }: Instance, certificate: Buffer): object {
  const [authority] = root.certificateAuthorities as [{ certChain: { certificates: object[] } }];
  const leaf = { rawBytes: certificate.toString("base64") };
  return {
    uri: "https://timestamps.test",
    certChain: { certificates: [leaf, ...authority.certChain.certificates] },
    validFor: { start: WINDOW[0].toISOString() },
  };
}

/** A TimeStampResp: granted, and the token (RFC 3161, 2.4.2). */
function reply(query: Buffer, signer: Party, certificate: Buffer): Buffer {
  const content = sequence(
    integer(1),
    POLICY,
    imprintIn(query),
    integer(7),
    // Whole seconds: some readers take no other fraction than three digits.
    time(new Date()),
  );
  const signedData = sequence(
    integer(3),
    der(0x31, SHA256),
    sequence(TST_INFO, der(0xa0, der(0x04, content))),
    der(0xa0, certificate),
    der(0x31, signerInfo(content, signer)),
  );
  return sequence(sequence(integer(0)), sequence(SIGNED_DATA, der(0xa0, signedData)));
}

function signerInfo(content: Buffer, { privateKey }: Party): Buffer {
  const digest = createHash("sha256").update(content).digest();
  const attributes = [
    sequence(CONTENT_TYPE, der(0x31, TST_INFO)),
    sequence(MESSAGE_DIGEST, der(0x31, der(0x04, digest))),
  ];
  const signature = sign("sha256", der(0x31, ...attributes), privateKey);
  return sequence(
    integer(1),
    sequence(named(NAME), integer(1)),
    SHA256,
    der(0xa0, ...attributes),
    ECDSA_WITH_SHA256,
    der(0x04, signature),
  );
}

/** The second part of a TimeStampReq: the hash that is to be stamped, as it was sent. */
function imprintIn(query: Buffer): Buffer {
  const start = query.indexOf(Buffer.from([0x02, 0x01, 0x01])) + 3;
  return query.subarray(start, start + 2 + (query[start + 1] ?? 0));
}

function integer(value: number): Buffer {
  return der(0x02, Buffer.from([value]));
}
