import type { Repository } from "#model";
import { describe, expect, it } from "vitest";
import { StoreError } from "../../src/stores/store-error.ts";
import { digestOfBytes, verifiedStream } from "../../src/stores/verified-stream.ts";
import { pattern } from "../support/images.ts";

const bytes = pattern("stream", 100_000);
const repository = "registry.example.com/team/app" as Repository;

async function* chunked(of: Uint8Array, chunk: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < of.length; at += chunk) yield of.subarray(at, at + chunk);
}

interface Read {
  readonly given: Buffer;
  readonly error: unknown;
}

async function read(stream: AsyncIterable<Uint8Array>): Promise<Read> {
  const chunks: Uint8Array[] = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
    return { given: Buffer.concat(chunks), error: undefined };
  } catch (error) {
    return { given: Buffer.concat(chunks), error };
  }
}

function expected(algorithm: "sha256" | "sha512" = "sha256", of: Uint8Array = bytes) {
  return { digest: digestOfBytes(of, algorithm), size: of.length, repository };
}

describe("verifiedStream", () => {
  it.for(["sha256", "sha512"] as const)(
    "001-23 gives every byte of a %s digest",
    async (algorithm) => {
      const { given, error } = await read(
        verifiedStream(chunked(bytes, 7_000), expected(algorithm)),
      );
      expect(error).toBeUndefined();
      expect(given.equals(bytes)).toBe(true);
    },
  );

  it("gives an empty blob", async () => {
    const none = new Uint8Array(0);
    const { given, error } = await read(verifiedStream(chunked(none, 1), expected("sha256", none)));
    expect([given.length, error]).toEqual([0, undefined]);
  });

  it.for([
    ["a wrong byte", Buffer.from(bytes).fill(0, 500, 501), /bytes of another digest/],
    ["too few bytes", bytes.subarray(0, 99_000), /99000 bytes and not 100000/],
    ["too many bytes", Buffer.concat([bytes, bytes]), /more than 100000 bytes/],
    ["nothing", Buffer.alloc(0), /0 bytes and not 100000/],
  ] as const)("holds the last chunk back at %s", async ([, wrong, message]) => {
    const { given, error } = await read(verifiedStream(chunked(wrong, 10_000), expected()));
    expect(error).toBeInstanceOf(StoreError);
    expect(error).toMatchObject({ code: "digest-mismatch", retryable: false, repository });
    expect(String(error)).toMatch(message);
    expect(given.length).toBeLessThan(bytes.length);
  });

  it("stops reading as soon as there is too much", async () => {
    let times = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) {
        times += 1;
        yield bytes;
      }
    }
    await read(verifiedStream(endless(), expected()));
    expect(times).toBe(2);
  });

  it("lets the source go when its reader leaves", async () => {
    let left = false;
    async function* source(): AsyncGenerator<Uint8Array> {
      try {
        yield* chunked(bytes, 10);
      } finally {
        left = true;
      }
    }
    for await (const chunk of verifiedStream(source(), expected())) if (chunk.length > 0) break;
    expect(left).toBe(true);
  });
});
