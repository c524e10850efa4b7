import { expect } from "vitest";
import type { FaultRow } from "../row.ts";
import { FROM, type World } from "../world.ts";

const LAYER = { kind: "blob", method: "GET", times: Infinity } as const;

/** Bytes that are not what they should be. */
export const BYTES: readonly FaultRow[] = [
  {
    what: "a blob of the source has another byte than its digest says",
    ids: "001-23",
    arrange: ({ source }) => void source.fault({ match: LAYER, do: { kind: "corrupt" } }),
    code: 1,
    says: "gave bytes of another digest for",
    check: nothingWritten,
  },
  {
    what: "a blob of the source is shorter than its size says",
    arrange: ({ source }) => void source.fault({ match: LAYER, do: { kind: "shorten", to: 10 } }),
    code: 1,
    says: "10 bytes",
    check: nothingWritten,
  },
  {
    what: "a blob of the source is longer than its size says",
    arrange: ({ source }) => void source.fault({ match: LAYER, do: { kind: "lengthen", by: 10 } }),
    code: 1,
    says: "bytes",
    check: nothingWritten,
  },
  {
    what: "the source breaks the connection in the middle of every blob",
    arrange: ({ source }) =>
      void source.fault({ match: LAYER, do: { kind: "truncate", after: 10 } }),
    code: 1,
    says: "broke the connection",
    check: nothingWritten,
  },
  {
    what: "the source breaks the connection in the middle of one blob, once",
    arrange: ({ source }) =>
      void source.fault({ match: { ...LAYER, times: 1 }, do: { kind: "truncate", after: 10 } }),
    code: 0,
  },
  {
    what: "a manifest of the source has other bytes than its digest says",
    arrange: ({ source, app }) =>
      void source
        .repository(FROM)
        .putManifest(Buffer.concat([app.bytes, Buffer.from(" ")]), app.mediaType, [], app.digest),
    code: 1,
    says: "digest",
    check: nothingWritten,
    mend: ({ source, app }) =>
      void source.repository(FROM).putManifest(app.bytes, app.mediaType, [], app.digest),
  },
  {
    what: "the target's `Docker-Content-Digest` lies",
    options: { target: { digestHeader: "wrong" } },
    code: 1,
    says: "answered against the protocol: it took",
    mend: ({ target }) => target.configure({ digestHeader: "sent" }),
  },
  {
    what: "the source's `Docker-Content-Digest` lies",
    options: { source: { digestHeader: "wrong" } },
    code: 1,
    says: "registry.example.com/builds/api",
    mend: ({ source }) => source.configure({ digestHeader: "sent" }),
  },
  {
    what: "a proxy answers the last PUT with a page of HTML and 200",
    arrange: ({ target }) =>
      void target.fault({
        match: { kind: "manifest", method: "PUT", reference: "v1.0.0", times: Infinity },
        do: {
          kind: "answer",
          status: 200,
          body: "<html>hello</html>",
          headers: { "Content-Type": "text/html" },
        },
      }),
    code: 1,
    says: "oslo.example.com",
    check: nothingWritten,
  },
];

/** Of a blob that is wrong nothing may be kept, and nothing may name what is not whole. */
function nothingWritten({ target }: World): void {
  expect(target.repository("prod/api").tags.has("v1.0.0")).toBe(false);
}
