import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { Story } from "../acceptance/pull-requests/story.ts";
import { multiArch, sbomFor, seed, signatureFor, evidenceTag } from "../support/images.ts";
import { requireTool } from "../support/real/program.ts";
import { DISTRIBUTION_2, DISTRIBUTION_3, OLAREG, PROGRAMS } from "../support/real/registries.ts";
import { startServer, type RealRegistry } from "../support/real/server.ts";
import { differences, registryReader, walk } from "../support/real/walk.ts";
import { promotion, registriesTo, versionLine } from "../support/workspace.ts";

const WEB = multiArch(["amd64", "arm64"], { seed: "a pull request" });
const FILE = "promotions/payments/api.yaml";
const FROM = "staging/api";
const TO = "preprod/payments/api";
const STAGED = promotion("api", versionLine("v1.0.0", WEB, "channels: [staging]"));

/** A promotions repository whose site is a real registry, and whose source is a double that it can kill at. */
async function openAt(site: RealRegistry): Promise<Story> {
  const story = await Story.open();
  const { source, github } = story.workspace;
  story.registries = join(github.root, "registries.yaml");
  writeFileSync(story.registries, registriesTo(source.host, site.host));
  const from = source.repository(FROM);
  seed(from, WEB, ["v1.0.0"]);
  seed(from, signatureFor(WEB), [evidenceTag(WEB.digest)]);
  seed(from, sbomFor(WEB));
  return story;
}

const SITES = [DISTRIBUTION_3, DISTRIBUTION_2, OLAREG];

describe.for(SITES.map((kind) => [kind.name, kind] as const))(
  "a promotion by pull request to %s",
  { timeout: 300_000 },
  ([name, kind]) => {
    const missing = requireTool(PROGRAMS[name] ?? name);

    it.skipIf(missing !== undefined)(
      "004-12 004-13 000-30 is checked, approved, merged, killed half-way, and healed with all its evidence",
      async () => {
        await using site = await startServer(kind);
        await using story = await openAt(site);
        const { github, source } = story.workspace;
        const number = await story.workspace.propose({ [FILE]: STAGED });
        const planned = await story.checks(number);
        expect(planned.code, planned.out + planned.err).toBe(0);
        github.review(number, { by: "alice" });
        expect(await story.approval(number)).toMatchObject({ code: 0 });
        await github.merge(number, { by: "dave", method: "squash" });

        let blobs = 0;
        const killed = await story.apply({
          meet: (child) =>
            source.onRequest((_, { kind: asked, method }) => {
              if (asked !== "blob" || method !== "GET") return;
              blobs += 1;
              if (blobs === 3) child.kill("SIGKILL");
            }),
        });
        expect(killed.code).toBeNull();
        source.onRequest(() => undefined);

        const applied = await story.merged();
        expect(applied.code, applied.out + applied.err).toBe(0);
        expect(story.comments(number)).toEqual([expect.stringContaining("Merged and done")]);
        expect(await story.notes()).toMatchObject([
          { prs: [number], approvals: [{ login: "alice" }] },
        ]);
        const published = await walk(registryReader(`${source.host}/${FROM}`));
        const placed = registryReader(`${site.host}/${TO}`);
        expect(await differences(published, placed)).toEqual([]);
        expect((await placed.tags()).get("v1.0.0")).toBe(WEB.digest);
      },
    );
  },
);
