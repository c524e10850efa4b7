import { describe, expect, it } from "vitest";
import type { Built } from "../../support/built.ts";
import { artifact, image, index, seed } from "../../support/images.ts";
import { openWorkspace, promotion, versionLine } from "../../support/workspace.ts";
import { planned } from "../run.ts";
import { checked, commentOf, cyclonedx, openPair, pageIn, scan, spdx } from "./checked.ts";

const MADE = {
  "org.opencontainers.image.source": "https://github.com/acme/api",
  "org.opencontainers.image.url": "https://github.com/acme/api/actions/runs/42",
};
const [OLD_COMMIT, NEW_COMMIT] = ["1".repeat(40), "2".repeat(40)];

function openTold(): ReturnType<typeof openPair> {
  return openPair({
    old: {
      labels: { ...MADE, "org.opencontainers.image.revision": OLD_COMMIT },
      config: {
        User: "root",
        Env: ["TOKEN=a-secret-of-old", "GONE=1"],
        ExposedPorts: { "80/tcp": {} },
      },
    },
    new: {
      labels: { ...MADE, "org.opencontainers.image.revision": NEW_COMMIT },
      config: {
        User: "10001",
        Env: ["TOKEN=a-secret-of-new", "COME=2"],
        Entrypoint: ["/api"],
        ExposedPorts: { "8080/tcp": {} },
      },
    },
    attachOld: (old) => [
      cyclonedx(old, { undici: "8.0.0", gone: "1.0.0" }),
      scan(old, { "CVE-2026-1": "HIGH", "CVE-2026-2": "LOW" }),
    ],
    attachNew: (next) => [
      cyclonedx(next, { undici: "8.1.0", come: "2.0.0" }),
      scan(next, { "CVE-2026-2": "LOW", "CVE-2026-3": "CRITICAL" }),
    ],
  });
}

describe("what a check tells of a version that would enter a channel", { timeout: 60_000 }, () => {
  it("002-28 001-05 where it was made, by its own labels", async () => {
    await using pair = await openTold();
    const { report } = await checked(pair.workspace);
    const { origin, platforms } = pageIn(report);
    expect(origin).toEqual({
      repositoryUrl: "https://github.com/acme/api",
      commit: NEW_COMMIT,
      runUrl: "https://github.com/acme/api/actions/runs/42",
    });
    expect(platforms).toEqual(["linux/amd64"]);
  });

  it("what is in it, against the version that the channel has; of the environment never a value", async () => {
    await using pair = await openTold();
    const answer = await checked(pair.workspace);
    const { content, size } = pageIn(answer.report);
    const basis = "from reports that no authority of the policy vouches for";
    expect(content).toEqual({
      against: "v1.4.1",
      packages: {
        kind: "compared",
        basis,
        value: [
          { kind: "added", name: "npm/come", before: undefined, after: "2.0.0" },
          { kind: "removed", name: "npm/gone", before: "1.0.0", after: undefined },
          { kind: "upgraded", name: "npm/undici", before: "8.0.0", after: "8.1.0" },
        ],
      },
      vulnerabilities: {
        kind: "compared",
        basis,
        value: {
          fixed: [{ id: "CVE-2026-1", severity: "high" }],
          introduced: [{ id: "CVE-2026-3", severity: "critical" }],
        },
      },
      config: {
        kind: "compared",
        value: [
          { setting: "user", platform: undefined, before: "root", after: "10001" },
          { setting: "entrypoint", platform: undefined, before: "", after: '["/api"]' },
          { setting: "ports", platform: undefined, before: "80/tcp", after: "8080/tcp" },
          {
            setting: "environment",
            platform: undefined,
            before: "GONE, TOKEN",
            after: "COME, TOKEN",
          },
        ],
      },
      platforms: { kind: "compared", value: { added: [], removed: [] } },
      source: { repository: "https://github.com/acme/api", before: OLD_COMMIT, after: NEW_COMMIT },
    });
    expect(size?.reused).toBeGreaterThan(4096);
    expect(size?.bytes).toBeGreaterThan(size?.reused ?? 0);
    expect(JSON.stringify(answer)).not.toContain("a-secret");
  });

  it("004-12 all of it reaches the comment that another job writes", async () => {
    await using pair = await openTold();
    const text = commentOf(await checked(pair.workspace));
    expect(text).toContain(`/compare/${OLD_COMMIT}...${NEW_COMMIT}`);
    expect(text).toContain(`https://github.com/acme/api/commit/${NEW_COMMIT}`);
    expect(text).toContain("[this run](https://github.com/acme/api/actions/runs/42)");
    expect(text).toContain("**1 upgraded** `npm/undici 8.0.0 → 8.1.0`");
    expect(text).toContain("**1 introduced** `CVE-2026-3 (critical)`");
    expect(text).toContain("**1 fixed** `CVE-2026-1 (high)`");
    expect(text).toContain("environment `GONE, TOKEN` → `COME, TOKEN`");
    expect(text).toContain("**Rollback** to `v1.4.1`: ready at `oslo`.");
    expect(text).toMatch(/bill of materials in cyclonedx 1\.6 &#40;2 entries&#41;, unsigned/);
    expect(text).toContain("scan for vulnerabilities of 2026&#45;11&#45;19");
  });

  it.for([
    ["spdx", spdx, "1.0.0", "1.1.0"],
    ["cyclonedx", cyclonedx, "8.0.0", "9.0.0"],
  ] as const)("compares documents in %s where both have one", async ([, make, old, now]) => {
    await using pair = await openPair({
      attachOld: (built) => [make(built, { a: old })],
      attachNew: (built) => [cyclonedx(built, { a: "9.0.0" }), spdx(built, { a: "1.1.0" })],
    });
    const { report } = await checked(pair.workspace);
    expect(pageIn(report).content?.packages).toMatchObject({
      value: [{ kind: "upgraded", name: "npm/a", before: old, after: now }],
    });
  });
});

/** What `docker buildx build --sbom=true` pushes: an index that lists the statements beside the platform. */
function buildx(seedWord: string, packages: Readonly<Record<string, string>>): Built {
  const platform = image({ seed: seedWord, platform: { os: "linux", architecture: "amd64" } });
  const statement = {
    _type: "https://in-toto.io/Statement/v0.1",
    subject: [{ name: "pkg:docker/api", digest: { sha256: platform.digest.slice(7) } }],
    predicateType: "https://spdx.dev/Document",
    predicate: {
      spdxVersion: "SPDX-2.3",
      packages: Object.entries(packages).map(([name, versionInfo]) => ({ name, versionInfo })),
    },
  };
  const attestation = artifact({
    files: { "sbom.json": JSON.stringify(statement) },
    fileType: "application/vnd.in-toto+json",
  });
  const listed = {
    ...attestation,
    platform: { os: "unknown", architecture: "unknown" },
    annotations: {
      "vnd.docker.reference.type": "attestation-manifest",
      "vnd.docker.reference.digest": platform.digest,
    },
  };
  return index([platform, listed]);
}

describe("what BuildKit puts into the index itself", { timeout: 60_000 }, () => {
  it("is compared, as of its platform and of nobody's word", async () => {
    const [old, next] = [buildx("old", { zlib: "1.3.0" }), buildx("new", { zlib: "1.3.1" })];
    await using pair = await openPair({ built: { old, new: next } });
    const { report } = await checked(pair.workspace);
    expect(pageIn(report).platforms).toEqual(["linux/amd64"]);
    expect(pageIn(report).content?.packages).toEqual({
      kind: "compared",
      basis: "of linux/amd64, from reports that no authority of the policy vouches for",
      value: [{ kind: "upgraded", name: "zlib", before: "1.3.0", after: "1.3.1" }],
    });
  });
});

describe("what a check asks for it", { timeout: 60_000 }, () => {
  it("design §7 costs a handful of requests, each blob once", async () => {
    await using pair = await openTold();
    const { workspace } = pair;
    const before = workspace.requests();
    await planned(workspace, { since: "HEAD^1" });
    const plan = workspace.requests() - before;
    await checked(workspace);
    const more = workspace.requests() - before - 2 * plan;
    // Config and two reports of each version; what the plan has read of them is not asked for again.
    expect(more).toBe(8);
  });

  it("reads no more than its budget, however much is attached", async () => {
    await using pair = await openPair({
      attachNew: (next) =>
        Array.from({ length: 450 }, (_, at) => cyclonedx(next, { [`package-${at}`]: "1.0.0" })),
    });
    const { workspace } = pair;
    const before = workspace.requests();
    await planned(workspace, { since: "HEAD^1" });
    const plan = workspace.requests() - before;
    const { report, exitCode } = await checked(workspace);
    expect(workspace.requests() - before - 2 * plan).toBeLessThanOrEqual(400);
    expect(pageIn(report).evidence.join("\n")).toContain(
      "could not be read: More than 400 answers",
    );
    expect([report.result, exitCode]).toEqual(["changes", 0]);
  });
});

describe("what could not be read", { timeout: 60_000 }, () => {
  it("is said, and changes no verdict", async () => {
    await using pair = await openPair({
      attachOld: (old) => [cyclonedx(old, { a: "1.0.0" })],
      attachNew: (next) => [cyclonedx(next, { a: "1.1.0" })],
    });
    const { workspace, old } = pair;
    const broken = cyclonedx(old, { a: "1.0.0" }).blobs.at(-1)?.digest ?? "";
    workspace.target.fault({
      match: { method: "GET", path: new RegExp(broken), times: Infinity },
      do: { kind: "answer", status: 403 },
    });
    const { report, exitCode } = await checked(workspace);
    expect(pageIn(report).content?.packages).toMatchObject({
      kind: "unknown",
      why: expect.stringMatching(/^the SBOM of v1\.4\.1 could not be read: /),
    });
    expect([report.result, exitCode, report.unread]).toEqual(["changes", 0, []]);
  });

  it("is not waited for: a store that never answers ends it after ten seconds", async () => {
    await using pair = await openPair({
      attachOld: (old) => [cyclonedx(old, { a: "1.0.0" })],
      attachNew: (next) => [cyclonedx(next, { a: "1.1.0" })],
    });
    const { workspace, old } = pair;
    const silent = cyclonedx(old, { a: "1.0.0" }).blobs.at(-1)?.digest ?? "";
    workspace.target.fault({
      match: { method: "GET", path: new RegExp(silent), times: Infinity },
      do: { kind: "hang" },
    });
    const { report, exitCode } = await checked(workspace);
    expect(pageIn(report).content?.packages).toMatchObject({
      why: expect.stringMatching(
        /SBOM of v1\.4\.1 could not be read: v1\.4\.1 was not read within 10 seconds/,
      ),
    });
    expect([report.result, exitCode]).toEqual(["changes", 0]);
  });

  it("is not asked for at a host that the base does not know", async () => {
    await using workspace = await openWorkspace();
    await using stranger = await openWorkspace();
    const built = image({ seed: "new" });
    seed(stranger.source.repository("staging/api"), built);
    const text = promotion("api", versionLine("v1.0.0", built, "channels: [staging]"));
    workspace.commit({
      "promotions/payments/api.yaml": text.replace("registry.example.com", stranger.source.host),
    });
    const { report } = await checked(workspace);
    expect(report.result).toBe("desired-only");
    expect(pageIn(report).evidence.join()).toContain("is new against the base");
    expect(stranger.requests()).toBe(0);
  });

  it("is not what is not there: no SBOM is told as none", async () => {
    await using pair = await openPair();
    const { report } = await checked(pair.workspace);
    expect(pageIn(report).content?.packages).toEqual({
      kind: "unknown",
      why: "v1.4.2 has no SBOM that can be read",
    });
  });
});

const HOSTILE = [
  "@everyone and @org/team, #12",
  "</details><img src=x onerror=alert(1)>",
  "```\n# a heading\n```",
  "[x](javascript:alert(1)) ![y](https://evil.example.com/y.png)",
  "| cells | of | a table |\n|---|---|---|",
  "<!-- waybill:plan v1 id=other head=0 -->",
  "\u202e\u001b[31m &#64;everyone",
  "x".repeat(200_000),
] as const;

describe("foreign words", { timeout: 60_000 }, () => {
  it.for(HOSTILE.map((text) => [text.slice(0, 20), text] as const))(
    "%j in labels, packages and vulnerabilities are words and no markup",
    async ([, text]) => {
      await using pair = await openPair({
        new: {
          labels: {
            "org.opencontainers.image.source": `https://github.com/acme/api${text}`,
            "org.opencontainers.image.revision": text,
            "org.opencontainers.image.url": `javascript:${text}`,
          },
          config: { User: text, Env: [`${text}=1`] },
        },
        attachOld: (old) => [cyclonedx(old, {}), scan(old, {})],
        attachNew: (next) => [cyclonedx(next, { [text]: text }), scan(next, { [text]: text })],
      });
      const comment = commentOf(await checked(pair.workspace));
      const rest = comment.replaceAll(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, "");
      expect(rest).not.toMatch(/<(?!\/?(?:details|summary|sub)>|!-- waybill)/);
      expect(rest).not.toMatch(/(?<![\w])@[a-z]/i);
      expect(rest).not.toContain("javascript:");
      expect(rest.match(/<details>/g)?.length).toBe(rest.match(/<\/details>/g)?.length);
      expect(comment.length).toBeLessThanOrEqual(65_000);
    },
  );

  it("a bill of materials of 20,000 packages is counted and not listed", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, at) => [`package-${at}`, "1.0.0"]),
    );
    await using pair = await openPair({
      attachOld: (old) => [cyclonedx(old, { a: "1.0.0" })],
      attachNew: (next) => [cyclonedx(next, many)],
    });
    const comment = commentOf(await checked(pair.workspace));
    expect(comment).toContain("**9999 added**");
    expect(comment).toContain("the first 10000 of 20001 packages that differ");
    expect(comment.length).toBeLessThan(20_000);
  });
});

describe("000-31 002-66 the way back", { timeout: 60_000 }, () => {
  it("is not ready where the version before lacks something", async () => {
    await using pair = await openPair({
      attachOld: (old) => [cyclonedx(old, { a: "1.0.0" })],
    });
    const { workspace, old } = pair;
    seed(workspace.source.repository("staging/api"), scan(old, {}));
    const { report } = await checked(workspace);
    expect(pageIn(report).rollback).toMatchObject({
      version: "v1.4.1",
      sites: [
        { site: "oslo", isReady: false, missing: expect.stringContaining("of its evidence") },
      ],
    });
  });

  it("is not there where the pull request takes the version before away", async () => {
    await using pair = await openPair();
    const { workspace, old } = pair;
    const next = versionLine("v1.4.2", pair.new, "channels: [staging, prod]");
    workspace.git("reset", "-q", "--hard", "HEAD^1");
    workspace.commit({
      "promotions/payments/api.yaml": promotion(
        "api",
        next,
        versionLine("v1.4.1", old, "channels: [staging]"),
      ),
    });
    const { report } = await checked(workspace);
    expect(pageIn(report).rollback).toEqual({
      kind: "none",
      why: "prod means no other version after this change: v1.4.1 leaves it, or is deprecated",
    });
  });

  it("is another version of the channel where there is one", async () => {
    await using pair = await openPair();
    const { workspace } = pair;
    const third = image({ seed: "third" });
    seed(workspace.source.repository("staging/api"), third);
    const path = "promotions/payments/api.yaml";
    workspace.commit({
      [path]: `${workspace.read(path)}  - { ${versionLine("v1.4.3", third, "channels: [staging]")} }\n`,
    });
    workspace.commit({
      [path]: workspace.read(path).replace(/(v1\.4\.3.*)\[staging\]/, "$1[staging, prod]"),
    });
    const { report } = await checked(workspace);
    expect(pageIn(report).rollback).toMatchObject({ version: "v1.4.2" });
  });
});
