import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { connect, createServer, type AddressInfo } from "node:net";
import { connect as connectTls, createServer as createTlsServer } from "node:tls";
import { describe, expect, it } from "vitest";
import { giveBack, READ_BUFFERS } from "../../../../src/stores/registry/http/read-buffers.ts";
import { selfSigned } from "../../../support/certificate.ts";

const SENT = randomBytes(8 * 1024 * 1024);

describe("reading into buffers that are used again", () => {
  it.for(["plain", "tls"] as const)("brings every byte over a %s connection", async (kind) => {
    const digest = createHash("sha256");
    for await (const chunk of received(kind)) {
      digest.update(chunk);
      giveBack(chunk);
    }
    expect(digest.digest("hex")).toBe(createHash("sha256").update(SENT).digest("hex"));
  });

  it("leaves what was not given back alone", async () => {
    const kept: Uint8Array[] = [];
    let at = 0;
    for await (const chunk of received("plain")) {
      if ((at += 1) % 2 === 0) giveBack(Uint8Array.from(chunk));
      kept.push(chunk);
    }
    expect(Buffer.concat(kept).equals(SENT)).toBe(true);
  });

  it("takes a long read's buffer back, once, and nothing else's", () => {
    const [whole, part] = [longRead(), longRead()];
    giveBack(part.subarray(0, 10));
    giveBack(new Uint8Array(part.length));
    expect(nextBuffer()).not.toBe(part.buffer);
    giveBack(whole);
    giveBack(whole);
    expect([nextBuffer(), nextBuffer()].filter((buffer) => buffer === whole.buffer)).toHaveLength(
      1,
    );
  });

  it("passes a copy of a short read on, and reads into the same buffer next", () => {
    const { passed, buffer } = read(100);
    expect(passed.buffer).not.toBe(buffer);
    expect(nextBuffer()).toBe(buffer);
  });
});

async function* received(kind: "plain" | "tls"): AsyncGenerator<Uint8Array, void, undefined> {
  const certificate = selfSigned();
  const server = kind === "tls" ? createTlsServer(certificate) : createServer();
  server.on(kind === "tls" ? "secureConnection" : "connection", (socket) => socket.end(SENT));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const to = { port, host: "127.0.0.1", onread: READ_BUFFERS };
  const socket = kind === "tls" ? connectTls({ ...to, ca: certificate.cert }) : connect(to);
  try {
    yield* socket as AsyncIterable<Uint8Array>;
  } finally {
    server.close();
  }
}

/** A read of so many bytes, as Node tells a socket of it. */
function read(length: number): { readonly passed: Uint8Array; readonly buffer: ArrayBufferLike } {
  const { buffer } = READ_BUFFERS;
  const target = typeof buffer === "function" ? buffer() : buffer;
  const passed: Uint8Array[] = [];
  const socket = { push: (chunk: Uint8Array) => passed.push(chunk) > 0 };
  READ_BUFFERS.callback.call(socket as never, length, target);
  const [only] = passed;
  if (only === undefined) throw new Error("nothing was passed on");
  return { passed: only, buffer: target.buffer };
}

function longRead(): Uint8Array {
  return read(200 * 1024).passed;
}

function nextBuffer(): ArrayBufferLike {
  const { buffer } = READ_BUFFERS;
  return (typeof buffer === "function" ? buffer() : buffer).buffer;
}
