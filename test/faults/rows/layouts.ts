import { chmod, mkdir, writeFile } from "node:fs/promises";
import { expect } from "vitest";
import { layoutReader } from "../../support/real/walk.ts";
import { readOnly, tinyDisk } from "../../support/real/small-disk.ts";
import type { FaultRow } from "../row.ts";
import type { World, WorldOptions } from "../world.ts";

const LAYOUT: WorldOptions = { store: "oci-layout:./var" };
const APPLY = ["apply", "--yes"];

async function inPlace({ repository, app }: World): Promise<void> {
  const tags = await layoutReader(repository.path("var/prod/api")).tags();
  expect(tags.get("v1.0.0")).toBe(app.digest);
}

/** Targets that are folders of layouts. */
export const LAYOUTS: readonly FaultRow[] = [
  {
    what: "the folder of the target's layouts may not be written",
    options: LAYOUT,
    arrange: ({ repository }) => mkdir(repository.path("var")),
    run: async ({ repository }) => {
      const shell = await readOnly(repository.path("var"));
      const ended = await repository.waybill(APPLY, shell === undefined ? {} : { shell });
      await chmod(repository.path("var"), 0o755);
      return { ...ended, code: ended.code ?? -1 };
    },
    code: 1,
    says: "give the user that runs waybill the right to write there",
    varies: true,
    complete: false,
    check: async (world) => {
      expect((await world.run(...APPLY)).code).toBe(0);
      await inPlace(world);
    },
  },
  {
    what: "the disk of the target's layouts is full",
    options: { ...LAYOUT, layerBytes: 400_000 },
    arrange: ({ repository }) => mkdir(repository.path("var")),
    run: async ({ repository }) => {
      const { shell } = tinyDisk(repository.path("var"));
      const ended = await repository.waybill(APPLY, { shell });
      return { ...ended, code: ended.code ?? -1 };
    },
    code: 1,
    says: "make room there and run again",
    varies: true,
    complete: false,
    check: async (world) => {
      expect((await world.run(...APPLY)).code).toBe(0);
      await inPlace(world);
    },
  },
  {
    what: "a file is where the target's layout should be",
    options: LAYOUT,
    arrange: async ({ repository }) => {
      await mkdir(repository.path("var/prod"), { recursive: true });
      await writeFile(repository.path("var/prod/api"), "a file");
    },
    code: 1,
    says: "oci-layout:./var/prod/api",
    complete: false,
  },
  {
    what: "the target layout's `index.json` is no JSON",
    options: LAYOUT,
    arrange: async ({ repository }) => {
      await mkdir(repository.path("var/prod/api"), { recursive: true });
      await writeFile(repository.path("var/prod/api/oci-layout"), '{"imageLayoutVersion":"1.0.0"}');
      await writeFile(repository.path("var/prod/api/index.json"), '{"schemaVersion": 2, "manif');
    },
    code: 1,
    says: "oci-layout:./var/prod/api",
    complete: false,
    check: async ({ repository }) =>
      expect(await repository.read("var/prod/api/index.json")).toBe('{"schemaVersion": 2, "manif'),
  },
];
