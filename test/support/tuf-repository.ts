import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Json } from "#model";
import { signedBytes } from "../../src/trust/tuf/signed-bytes.ts";

/** One who signs metadata. */
export interface TufSigner {
  readonly id: string;
  readonly privateKey: KeyObject;
  readonly document: Json;
}

/** A key of a TUF root, made anew. */
export function tufSigner(kind: "ecdsa" | "ed25519" | "rsa" = "ecdsa"): TufSigner {
  const pair =
    kind === "ecdsa"
      ? generateKeyPairSync("ec", { namedCurve: "P-256" })
      : kind === "rsa"
        ? generateKeyPairSync("rsa", { modulusLength: 2048 })
        : generateKeyPairSync("ed25519");
  const pem = pair.publicKey.export({ type: "spki", format: "pem" }).toString();
  const raw = pair.publicKey.export({ type: "spki", format: "der" }).subarray(-32).toString("hex");
  const [keytype, scheme, value] = {
    ecdsa: ["ecdsa", "ecdsa-sha2-nistp256", pem],
    ed25519: ["ed25519", "ed25519", raw],
    rsa: ["rsa", "rsassa-pss-sha256", pem],
  }[kind] as [string, string, string];
  const document = { keytype, scheme, keyval: { public: value } };
  const id = createHash("sha256").update(JSON.stringify(document)).digest("hex");
  return { id, privateKey: pair.privateKey, document };
}

/** What a repository holds; a test changes any of it. */
export interface TufOptions {
  readonly roots?: readonly (readonly TufSigner[])[];
  readonly threshold?: number;
  readonly online?: TufSigner;
  readonly target: string;
  readonly expires?: string;
  /** Changes what is signed, by file: `timestamp.json`, `2.root.json`. */
  readonly change?: (path: string, signed: { [key: string]: Json }) => void;
}

export interface TufRepository extends AsyncDisposable {
  readonly url: string;
  /** Version 1 of its root. */
  readonly anchor: Buffer;
  readonly files: Map<string, Buffer>;
  readonly asked: string[];
}

const EXPIRES = "2027-01-01T00:00:00Z";

function sha256(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function sealed(signed: Json, signers: readonly TufSigner[]): Buffer {
  const bytes = signedBytes(signed) ?? Buffer.alloc(0);
  const signatures = signers.map(({ id, privateKey }) => {
    const isRsa = privateKey.asymmetricKeyType === "rsa";
    const key = isRsa ? { key: privateKey, padding: 6, saltLength: 32 } : privateKey;
    const hash = privateKey.asymmetricKeyType === "ed25519" ? null : "sha256";
    return { keyid: id, sig: sign(hash, bytes, key).toString("hex") };
  });
  return Buffer.from(JSON.stringify({ signatures, signed }));
}

function filesOf(options: TufOptions): Map<string, Buffer> {
  const { roots = [[tufSigner()]], threshold = 1, online = tufSigner(), target } = options;
  const files = new Map<string, Buffer>();
  function put(
    path: string,
    signed: { [key: string]: Json },
    signers: readonly TufSigner[],
  ): Buffer {
    const document = { expires: options.expires ?? EXPIRES, spec_version: "1.0.31", ...signed };
    options.change?.(path, document);
    const bytes = sealed(document, signers);
    files.set(path, bytes);
    return bytes;
  }
  for (const [index, signers] of roots.entries()) {
    const all = [...signers, online];
    const role = { keyids: [online.id], threshold: 1 };
    const own = { keyids: signers.map(({ id }) => id), threshold };
    const keys = Object.fromEntries(all.map(({ id, document }) => [id, document]));
    const before = roots[index - 1] ?? [];
    put(
      `${index + 1}.root.json`,
      {
        _type: "root",
        version: index + 1,
        consistent_snapshot: true,
        keys,
        roles: { root: own, timestamp: role, snapshot: role, targets: own },
      },
      [...new Set([...signers, ...before])],
    );
  }
  const bytes = Buffer.from(target);
  files.set(`targets/${sha256(bytes)}.trusted_root.json`, bytes);
  const entry = { length: bytes.length, hashes: { sha256: sha256(bytes) } };
  const last = roots.at(-1) ?? [];
  put(
    "5.targets.json",
    { _type: "targets", version: 5, targets: { "trusted_root.json": entry } },
    last,
  );
  const snapshot = put(
    "4.snapshot.json",
    { _type: "snapshot", version: 4, meta: { "targets.json": { version: 5 } } },
    [online],
  );
  const meta = { version: 4, length: snapshot.length, hashes: { sha256: sha256(snapshot) } };
  put("timestamp.json", { _type: "timestamp", version: 3, meta: { "snapshot.json": meta } }, [
    online,
  ]);
  return files;
}

/** Serves a TUF repository on the loopback; what is not in `files` is answered with 404. */
export async function startTuf(options: TufOptions): Promise<TufRepository> {
  const files = filesOf(options);
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    const path = (request.url ?? "").slice(1);
    asked.push(path);
    const bytes = files.get(path);
    response.writeHead(bytes === undefined ? 404 : 200).end(bytes);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    anchor: files.get("1.root.json") ?? Buffer.alloc(0),
    files,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
