import { expect } from "vitest";
import type { FaultRow } from "../row.ts";

/** Registries that take uploads, and give blobs, in their own way. */
export const UPLOADS: readonly FaultRow[] = [
  ...(
    [
      ["is absolute", "absolute"],
      ["is absolute and has a query", "absolute-with-query"],
      ["is relative", "relative"],
      ["is relative and has a query", "relative-with-query"],
      ["lacks the port", "port-dropped"],
    ] as const
  ).map(([what, location]) => ({
    what: `an upload's \`Location\` ${what}`,
    options: { target: { location } },
    code: 0,
  })),
  {
    what: "the target answers 202 to every mount",
    options: { target: { mount: "off" } },
    code: 0,
  },
  {
    what: "the target answers 400 to every mount",
    options: { target: { mount: "error" } },
    code: 0,
  },
  {
    what: "the target takes bodies of 128 KiB at most",
    options: { layerBytes: 600_000, target: { maxBodyBytes: 128 * 1024 } },
    code: 0,
  },
  {
    what: "a chunk arrives in part, and the target answers 416 to the next",
    options: { layerBytes: 600_000, target: { maxBodyBytes: 128 * 1024 } },
    arrange: ({ target }) =>
      void target.fault({
        match: { kind: "upload", method: "PATCH", nth: 4 },
        do: { kind: "partial", keep: 1000, outcome: 416 },
      }),
    code: 0,
    check: ({ target }) => expect(target.count({ status: 416 })).toBe(1),
  },
  {
    what: "the answer to a finished upload is lost",
    arrange: ({ target }) =>
      void target.fault({ match: { kind: "upload", method: "PUT" }, do: { kind: "drop-after" } }),
    code: 0,
  },
  {
    what: "the source redirects blobs to another host, which refuses credentials",
    options: { source: { redirect: { to: "blob-host", refuseCredentials: true } } },
    code: 0,
    check: ({ source }) => {
      const there = source.find({ listener: "blobs" });
      expect(there.length).toBeGreaterThan(0);
      expect(there.filter(({ headers }) => headers["authorization"] !== undefined)).toEqual([]);
    },
  },
  {
    what: "the source redirects blobs for ever",
    options: { source: { redirect: { to: "loop" } } },
    code: 1,
    says: "sends us in circles",
    mend: ({ source }) => source.configure({ redirect: { to: "blob-host" } }),
  },
  {
    what: "the target lists tags for ever",
    options: { target: { link: "loop", tagsPageSize: 1 } },
    arrange: ({ target }) => {
      for (const tag of ["a", "b"])
        target
          .repository("prod/api")
          .putManifest("{}", "application/vnd.oci.image.index.v1+json", [tag]);
    },
    code: 1,
    says: "its tags never end",
    mend: ({ target }) => target.configure({ link: "relative" }),
  },
];
