import { createPublicKey } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { issueFor, logEntry, sha256, type Holder, type Instance } from "./sigstore.ts";
import { pem } from "./der.ts";

/** A Fulcio and a Rekor of a test instance on loopback, and what they were asked. */
export interface SignServices extends AsyncDisposable {
  readonly fulcio: string;
  readonly rekor: string;
  readonly asked: readonly string[];
}

/** How they misbehave, and whom they certify. */
export interface ServiceHabits {
  readonly holder?: Holder;
  /** The status of every answer, instead of an answer. */
  readonly status?: number;
  /** The body of every answer of Fulcio. */
  readonly fulcioBody?: (request: string) => string;
  /** When entries are said to have been made. */
  readonly at?: Date;
  /** The first POST of an entry is lost: it is there, and 409 says so. */
  readonly known?: boolean;
}

/** Starts the services of an instance. */
export async function startSignServices(
  instance: Instance,
  habits: ServiceHabits = {},
): Promise<SignServices> {
  const asked: string[] = [];
  const entries = new Map<string, object>();
  const server = createServer((request, response) => {
    void serve(request, response);
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await bodyOf(request);
    asked.push(`${request.method} ${request.url}`);
    answer(request, response, body);
  }
  function answer(
    { method, url = "" }: IncomingMessage,
    response: ServerResponse,
    body: string,
  ): void {
    if (habits.status !== undefined) return send(response, habits.status, body);
    if (url === "/api/v2/signingCert")
      return send(response, 201, habits.fulcioBody?.(body) ?? certificates(instance, body, habits));
    if (method === "GET") return send(response, 200, JSON.stringify(entries.get(url) ?? {}));
    const [id, entry] = entryFor(instance, body, habits);
    const path = `/api/v1/log/entries/${id}`;
    entries.set(path, { [id]: entry });
    if (habits.known !== true) return send(response, 201, JSON.stringify({ [id]: entry }));
    response.setHeader("location", path);
    return send(response, 409, "{}");
  }
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    fulcio: url,
    rekor: url,
    asked,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function send(response: ServerResponse, status: number, body: string): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end(body);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

function certificates(instance: Instance, body: string, { holder }: ServiceHabits): string {
  const request = JSON.parse(body) as {
    publicKeyRequest: { publicKey: { content: string }; proofOfPossession: string };
  };
  const key = createPublicKey(request.publicKeyRequest.publicKey.content);
  const certificate = issueFor(instance, key.export({ type: "spki", format: "der" }), holder);
  const chain = { certificates: [pem("CERTIFICATE", certificate)] };
  return JSON.stringify({ signedCertificateEmbeddedSct: { chain } });
}

/** As Rekor answers: hex where a bundle has base64. */
function entryFor(instance: Instance, body: string, { at }: ServiceHabits): [string, object] {
  const { spec } = JSON.parse(body) as {
    spec: { proposedContent: { envelope: string; verifiers: [string] } };
  };
  const envelope = JSON.parse(spec.proposedContent.envelope) as {
    payload: string;
    signatures: [{ sig: string }];
  };
  const verifier = Buffer.from(spec.proposedContent.verifiers[0], "base64").toString();
  const entry = logEntry(instance, {
    kind: "dsse",
    verifier,
    signature: Buffer.from(envelope.signatures[0].sig, "base64"),
    hash: sha256(Buffer.from(envelope.payload, "base64")),
    ...(at && { at }),
  }) as {
    logIndex: string;
    logId: { keyId: string };
    integratedTime: string;
    inclusionPromise: { signedEntryTimestamp: string };
    inclusionProof: {
      logIndex: string;
      treeSize: string;
      rootHash: string;
      hashes: string[];
      checkpoint: { envelope: string };
    };
    canonicalizedBody: string;
  };
  const proof = entry.inclusionProof;
  const id = sha256(Buffer.from(entry.canonicalizedBody, "base64")).toString("hex");
  return [
    id,
    {
      body: entry.canonicalizedBody,
      integratedTime: Number(entry.integratedTime),
      logID: Buffer.from(entry.logId.keyId, "base64").toString("hex"),
      logIndex: Number(entry.logIndex),
      verification: {
        signedEntryTimestamp: entry.inclusionPromise.signedEntryTimestamp,
        inclusionProof: {
          logIndex: Number(proof.logIndex),
          treeSize: Number(proof.treeSize),
          rootHash: Buffer.from(proof.rootHash, "base64").toString("hex"),
          hashes: [],
          checkpoint: proof.checkpoint.envelope,
        },
      },
    },
  ];
}

/** An OpenID token as a workflow gets it; nobody here checks its signature. */
export function identityToken(
  claims: object = { sub: "repo:payments/api", iss: "https://issuer.test" },
): string {
  return `${tokenPart({ alg: "RS256" })}.${tokenPart(claims)}.c2lnbmF0dXJl`;
}

function tokenPart(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
