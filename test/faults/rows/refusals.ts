import { expect } from "vitest";
import { image, seed } from "../../support/images.ts";
import type { FaultRow } from "../row.ts";
import { FROM, say, TO, type World } from "../world.ts";

const NEXT = image({ seed: "next" });
const STABLE = { tags: { moving: { stable: "newest-stable" } } };

/** Targets that refuse, and content that is not where git says. */
export const REFUSALS: readonly FaultRow[] = [
  {
    what: "the Harbor at the target has no such project",
    ids: "000-27",
    options: { target: { harbor: { projects: ["library"] } } },
    code: 1,
    says: "create the project prod on",
    mend: ({ target }) => target.configure({ harbor: { projects: ["prod"] } }),
  },
  {
    what: "the Harbor project's storage quota is used up",
    ids: "000-27",
    options: { target: { harbor: { quotaBytes: 100 } } },
    code: 1,
    says: "the storage quota of prod is used up",
    mend: ({ target }) => target.configure({ harbor: {} }),
  },
  ...(["harbor", "conflict", "forbidden"] as const).map((as): FaultRow => ({
    what: `an immutability rule protects a moving tag (in ${{ harbor: "Harbor's words", conflict: "a 409", forbidden: "a 403" }[as]})`,
    ids: "000-27",
    options: { channel: STABLE, target: { immutable: { tags: /^stable$/u, as } } },
    arrange: async (world) => {
      await olderIsThere(world);
    },
    code: 1,
    says: "an immutability rule protects the tag",
    check: ({ target, app }) => {
      expect(target.repository(TO).tags.get("v2.0.0"), "the copy itself is done").toBe(NEXT.digest);
      expect(target.repository(TO).tags.get("stable")).toBe(app.digest);
    },
    mend: ({ target }) => target.configure({ immutable: { tags: /^never$/u } }),
  })),
  {
    what: "the target is read-only (405)",
    options: { target: { readOnly: "405" } },
    code: 1,
    says: "to do: allow writes on ",
    complete: false,
  },
  {
    what: "the Harbor at the target is in read-only mode",
    ids: "000-27",
    options: { target: { readOnly: "harbor" } },
    code: 1,
    says: "end the read-only mode of",
    complete: false,
  },
  {
    what: "the target takes no manifest of that media type",
    options: {
      target: { manifestTypes: ["application/vnd.docker.distribution.manifest.v2+json"] },
    },
    code: 1,
    says: "oslo.example.com/prod/api will not",
    complete: false,
  },
  {
    what: "the source has no such digest",
    arrange: ({ source, app }) => void source.repository(FROM).deleteManifest(app.digest),
    code: 1,
    says: "source-missing",
    mend: ({ source, app }) =>
      void source.repository(FROM).putManifest(app.bytes, app.mediaType, ["v1.0.0"]),
  },
  {
    what: "the source has no such digest, and the target has",
    arrange: async (world) => {
      expect((await world.run("apply", "--yes")).code).toBe(0);
      world.source.repository(FROM).deleteManifest(world.app.digest);
    },
    code: 0,
    complete: false,
  },
  {
    what: "a blob is gone from the source",
    arrange: ({ source, app }) =>
      void source.repository(FROM).blobs.delete(app.blobs[1]?.digest ?? ""),
    code: 1,
    says: "does not hold the blob",
    mend: ({ source, app }) => void source.repository(FROM).putBlob(app.blobs[1]?.bytes ?? ""),
  },
  {
    what: "a version's own tag names another digest at the target",
    arrange: ({ target }) => void seed(target.repository(TO), NEXT, ["v1.0.0"]),
    code: 4,
    says: "foreign-move",
    check: ({ target }) => expect(target.repository(TO).tags.get("v1.0.0")).toBe(NEXT.digest),
    complete: false,
  },
  {
    what: "somebody else writes a moving tag during the run",
    options: { channel: STABLE },
    arrange: async (world) => {
      await olderIsThere(world);
      const other = image({ seed: "other" });
      const to = world.target.repository(TO);
      seed(to, other);
      let heads = 0;
      world.target.onRequest((_, { method, reference }) => {
        if (method !== "HEAD" || reference !== "stable") return;
        heads += 1;
        if (heads === 2) to.tags.set("stable", other.digest);
      });
    },
    code: 1,
    says: "somebody else wrote it",
    complete: false,
  },
];

/** v1.0.0 and `stable` are in place, and git now wants v2.0.0 as well. */
async function olderIsThere(world: World): Promise<void> {
  const { target, source, app } = world;
  target.configure({ immutable: { tags: /^never$/u } });
  expect((await world.run("apply", "--yes")).code).toBe(0);
  expect(target.repository(TO).tags.get("stable")).toBe(app.digest);
  if (world.options.target?.immutable !== undefined)
    target.configure({ immutable: world.options.target.immutable });
  seed(source.repository(FROM), NEXT, ["v2.0.0"]);
  await say(world, [
    { version: "v2.0.0", digest: NEXT.digest, channels: ["prod"] },
    { version: "v1.0.0", digest: app.digest, channels: ["prod"] },
  ]);
}
