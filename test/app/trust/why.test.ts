import { describe, expect, it } from "vitest";
import { bundleFor, SPDX } from "../../support/attached.ts";
import { CHANNELS, openTrustWorld, promoted, scanOf, type TrustWorld } from "./world.ts";

const ASKED = ["why", "payments/api@v1.4.2", "prod"] as const;

interface Why {
  readonly schema: string;
  readonly decision: string;
  readonly environment?: string;
  readonly site?: string;
  readonly asked: readonly {
    readonly gate: string;
    readonly what: string;
    readonly outcome: string;
  }[];
  readonly missing: readonly {
    readonly gate: string;
    readonly who: string;
    readonly fix: string;
  }[];
}

async function ask(
  world: TrustWorld,
  ...more: readonly string[]
): Promise<{ readonly exitCode: number; readonly why: Why }> {
  const { exitCode, out, err } = await world.run("--format", "json", ...ASKED, ...more);
  if (!out.includes("waybill.dev/why/v1")) throw new Error(`${out}${err}`);
  return { exitCode, why: JSON.parse(out) as Why };
}

function missing({ missing: all }: Why): readonly string[] {
  return all.map(({ gate, fix }) => `${gate}: ${fix}`);
}

/** What is supplied one after the other, and what is missing before each. */
const STORY: readonly (readonly [supplied: string, supply: (world: TrustWorld) => void])[] = [
  ["a signature by ci", ({ api, keys, supply }) => supply(bundleFor(api, keys.ci))],
  [
    "a bill of materials, attested by ci",
    ({ api, keys, supply }) =>
      supply(
        bundleFor(api, keys.ci, { predicateType: "https://spdx.dev/Document", predicate: SPDX }),
      ),
  ],
  [
    "a scan by scanner",
    ({ api, keys, supply }) =>
      supply(bundleFor(api, keys.scanner, scanOf([["CVE-2026-1", "HIGH"]]))),
  ],
  [
    "the result of qa",
    ({ api, keys, supply }) =>
      supply(
        bundleFor(api, keys.qa, {
          predicateType: "https://example.com/qa/v1",
          predicate: { result: "passed" },
        }),
      ),
  ],
  [
    "the line in git",
    ({ api, workspace }) => void workspace.commit(promoted(api, "staging, prod")),
  ],
];

describe("waybill why", () => {
  it("001-01 asks for one thing less with each piece that is supplied, until it is there", async () => {
    await using world = await openTrustWorld();
    const pages: string[] = [];
    const left: (readonly string[])[] = [];
    async function look(after: string): Promise<void> {
      pages.push(`# ${after}\n\n$ waybill ${ASKED.join(" ")}\n${(await world.run(...ASKED)).out}`);
      left.push(missing((await ask(world)).why));
    }
    await look("with nothing but the image");
    for (const [supplied, supply] of STORY) {
      supply(world);
      await look(`after ${supplied}`);
    }
    expect((await world.run("apply", "--yes")).exitCode).toBe(0);
    await look("after waybill apply");
    expect(left).toEqual([
      [
        "scan: attach a bill of materials in spdx, attested by ci",
        "scan: scan the digest and attest the result as scanner",
        "scan: attest https://example.com/qa/v1 as qa, with values that meet the rule",
        "sign: sign the digest as ci",
        "promote: waybill promote payments/api@v1.4.2 --to prod, reviewed and merged",
      ],
      expect.arrayContaining([expect.stringContaining("scan: attach a bill of materials")]),
      expect.arrayContaining([expect.stringContaining("scan: scan the digest")]),
      [
        "scan: attest https://example.com/qa/v1 as qa, with values that meet the rule",
        "promote: waybill promote payments/api@v1.4.2 --to prod, reviewed and merged",
      ],
      ["promote: waybill promote payments/api@v1.4.2 --to prod, reviewed and merged"],
      ["mirror: waybill apply, once the gates before let payments/api through"],
      [],
    ]);
    expect(left.map((items) => items.length)).toEqual([5, 4, 3, 2, 1, 1, 0]);
    const story = nameless(pages.join("\n"), world);
    await expect(story).toMatchFileSnapshot("../../golden/why-story.txt");
  });

  it("says who can supply it: the key, the file, whoever applies", async () => {
    await using world = await openTrustWorld();
    const { why, exitCode } = await ask(world);
    expect(exitCode).toBe(4);
    expect(why).toMatchObject({ schema: "waybill.dev/why/v1", decision: "refuse" });
    expect(why.missing.map(({ who }) => who)).toEqual([
      "ci (the key policies/trust/ci.pub)",
      "scanner (the key policies/trust/scanner.pub)",
      "qa (the key policies/trust/qa.pub)",
      "ci (the key policies/trust/ci.pub)",
      "whoever may change promotions/payments/api.yaml",
    ]);
  });

  it("says that the digest is not at its source, and whose that is", async () => {
    await using world = await openTrustWorld();
    world.workspace.source.repository("staging/api").deleteManifest(world.api.digest);
    const { why } = await ask(world);
    expect(why.missing).toContainEqual(
      expect.objectContaining({ gate: "publish", who: "whoever builds payments/api" }),
    );
  });

  it("answers for one site where one is named, and names the others where environments differ", async () => {
    await using world = await openTrustWorld({
      "policies/sites.yaml": `apiVersion: waybill.dev/v1
kind: Sites
sites:
  oslo: { environment: eu, stores: { oci: registry.oslo.example.com } }
  bench: { environment: lab, stores: { oci: "oci-layout:./var/bench" } }
`,
      "policies/channels.yaml": CHANNELS.replaceAll("require: [oslo]", "require: [oslo, bench]"),
    });
    const { why } = await ask(world, "--site", "bench");
    expect(why).toMatchObject({ site: "bench", environment: "lab" });
    const { out } = await world.run(...ASKED);
    expect(out).toContain("This is the answer for eu; name a site of lab with --site for theirs.");
    const { exitCode, err } = await world.run(...ASKED, "--site", "bergen");
    expect(exitCode).toBe(2);
    expect(err).toContain("one of oslo, bench");
  });

  it.for<readonly [string, readonly string[], string]>([
    ["an artifact that nobody lists", ["payments/none@v1", "prod"], "No promotion file lists"],
    ["a version that there is not", ["payments/api@v9", "prod"], "it has v1.4.2"],
    ["no version", ["payments/api", "prod"], "names no version"],
    ["a channel that there is not", ["payments/api@v1.4.2", "none"], "There is no channel none"],
  ])("exits 2 for %s", async ([, args, words]) => {
    await using world = await openTrustWorld();
    const { exitCode, err } = await world.run("why", ...args);
    expect(exitCode).toBe(2);
    expect(err).toContain(words);
  });
});

/** Takes out what differs from run to run: digests of evidence, which its keys make anew each time. */
function nameless(text: string, { api }: TrustWorld): string {
  const short = api.digest.slice("sha256:".length, "sha256:".length + 12);
  return text
    .replaceAll(/\b[0-9a-f]{12}\b/g, (hex) => (hex === short ? hex : "<evidence>"))
    .replaceAll(/[ \t]+$/gm, "");
}
