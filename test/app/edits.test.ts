import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import {
  promote,
  register,
  retire,
  rollback,
  type RegisterRequest,
  type RollbackRequest,
} from "#app";
import { replaceFile } from "../../src/app/replace-file.ts";
import { image, seed } from "../support/images.ts";
import {
  CHANNELS,
  openWorkspace,
  promotion,
  versionLine,
  type Workspace,
} from "../support/workspace.ts";
import { calm, NOW } from "./run.ts";

const one = image({ seed: "one" });
const two = image({ seed: "two" });
const API = "promotions/payments/api.yaml";
const TWO_VERSIONS = promotion(
  "api",
  versionLine("v1.1.0", two, "channels: [staging, prod] # the newest"),
  versionLine("v1.0.0", one, "channels: [staging, prod]"),
).replaceAll(/ # the newest }/g, " } # the newest");

async function withVersions(text = TWO_VERSIONS): Promise<Workspace> {
  const workspace = await openWorkspace();
  workspace.commit({ [API]: text });
  workspace.commit();
  return workspace;
}

function registering(workspace: Workspace, over: Partial<RegisterRequest>): RegisterRequest {
  const { root } = workspace;
  return {
    root,
    folder: root,
    env: {},
    registriesFile: undefined,
    artifact: "payments/api@v2.0.0",
    ...over,
  };
}

function rollingBack({ root }: Workspace, over: Partial<RollbackRequest> = {}): RollbackRequest {
  return {
    root,
    now: NOW,
    artifact: "payments/api",
    channel: "prod",
    to: "v1.0.0",
    reason: "INC-812",
    lift: false,
    ...over,
  };
}

/** What an edit changed, as git shows it. */
function changes(workspace: Workspace): readonly string[] {
  return workspace
    .git("diff", "-U0", "--no-color", "HEAD")
    .split("\n")
    .filter((line) => /^[+-](?![+-])/.test(line));
}

describe("register", () => {
  it("004-11 writes a new file, whose kind and source are said", async () => {
    await using workspace = await openWorkspace();
    const answer = await register(
      registering(workspace, {
        digest: one.digest,
        kind: "container-image",
        source: "registry.example.com/staging/api",
      }),
      calm(),
    );
    expect(answer).toMatchObject({ kind: "written", file: API });
    expect(workspace.read(API)).toContain(one.digest);
    expect(workspace.read(API)).toContain("repository: registry.example.com/staging/api");
    expect(readdirSync(join(workspace.root, "promotions/payments"))).toEqual(["api.yaml"]);
  });

  it("003-20 extends a file by one line, promoted nowhere", async () => {
    await using workspace = await withVersions();
    await register(registering(workspace, { digest: `sha256:${"a".repeat(64)}` }), calm());
    const added = changes(workspace);
    expect(added).toHaveLength(1);
    expect(added[0]).toMatch(/^\+ +- \{ version: v2\.0\.0, digest: "sha256:a+" \}$/);
  });

  it("003-06 resolves a tag once, now, and writes the digest", async () => {
    await using workspace = await withVersions();
    const three = image({ seed: "three" });
    seed(workspace.source.repository("staging/api"), three, ["nightly"]);
    const answer = await register(registering(workspace, { tag: "nightly" }), calm());
    expect(answer).toMatchObject({
      kind: "written",
      sentence: expect.stringContaining(three.digest),
    });
    expect(workspace.read(API)).toContain(three.digest);
    expect(workspace.read(API)).not.toContain("nightly");
    expect(workspace.target.requests).toEqual([]);
  });

  it("takes the digest of a listed version, with or without its v", async () => {
    await using workspace = await withVersions(
      promotion("api", versionLine("v1.4.2-rc.3", one, "channels: [staging]")),
    );
    const answer = await register(
      registering(workspace, { artifact: "payments/api@v1.4.2", from: "1.4.2-rc.3" }),
      calm(),
    );
    expect(answer.kind).toBe("written");
    expect(changes(workspace)[0]).toContain(one.digest);
  });

  it("knows a path in --source from where the person stands, and writes it from the root", async () => {
    await using workspace = await openWorkspace();
    const answer = await register(
      registering(workspace, {
        folder: join(workspace.root, "promotions"),
        digest: one.digest,
        kind: "container-image",
        source: "oci-layout:../var/api",
      }),
      calm(),
    );
    expect(answer.kind).toBe("written");
    expect(workspace.read(API)).toContain("oci-layout:./var/api");
  });

  it.for<readonly [string, Partial<RegisterRequest>, RegExp]>([
    ["no version", { artifact: "payments/api", digest: one.digest }, /names no version/],
    ["no artifact", { artifact: "api", digest: one.digest }, /does not begin with a project/],
    ["a digest that is none", { digest: "sha256:ABC" }, /is no digest/],
    ["a version that is not listed", { from: "v9" }, /lists no version v9/],
    ["a kind that there is not", { digest: one.digest, kind: "image" }, /no kind image/],
    [
      "a source that is none",
      { digest: one.digest, source: "docker://x" },
      /--source docker:\/\/x/,
    ],
    ["a tag that is not there", { tag: "gone" }, /has no tag gone/],
    [
      "a new file without a kind",
      { artifact: "payments/new@v1.0.0", digest: one.digest },
      /kind and source/,
    ],
    ["a tag without a source", { artifact: "payments/new@v1.0.0", tag: "x" }, /only be resolved/],
  ])("refuses %s, and changes nothing", async ([, over, message]) => {
    await using workspace = await withVersions();
    await expect(register(registering(workspace, over), calm())).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
    });
    expect(workspace.git("status", "--porcelain")).toBe("");
  });

  it("refuses a version that has another digest already", async () => {
    await using workspace = await withVersions();
    const answer = await register(
      registering(workspace, {
        artifact: "payments/api@v1.0.0",
        digest: `sha256:${"a".repeat(64)}`,
      }),
      calm(),
    );
    expect(answer.kind).toBe("refused");
    expect(workspace.git("status", "--porcelain")).toBe("");
  });
});

function promoting(
  { root }: Workspace,
  artifact = "payments/api@v1.1.0",
  channels: readonly string[] = ["prod"],
): Parameters<typeof promote>[0] {
  return { root, artifact, channels, environment: undefined };
}

describe("promote", () => {
  const CANDIDATE = promotion(
    "api",
    `${versionLine("v1.1.0", two, "channels: [staging]")} } # keep this`,
  ).replace(" } # keep this }", " } # keep this");

  it("003-24 adds the channel to the line, and keeps the comment", async () => {
    await using workspace = await withVersions(CANDIDATE);
    const answer = await promote(promoting(workspace), calm());
    expect(answer).toMatchObject({ kind: "written", file: API });
    expect(changes(workspace)).toEqual([
      `-  - { version: v1.1.0, digest: "${two.digest}", channels: [staging] } # keep this`,
      `+  - { version: v1.1.0, digest: "${two.digest}", channels: [staging, prod] } # keep this`,
    ]);
  });

  it("says so where it is so already", async () => {
    await using workspace = await withVersions(CANDIDATE);
    expect(await promote(promoting(workspace, undefined, ["staging"]), calm())).toEqual({
      kind: "unchanged",
      file: API,
      sentence: "It says so already; nothing was changed.",
    });
  });

  it("finds a version by the beginning of its digest", async () => {
    await using workspace = await withVersions(CANDIDATE);
    const short = two.digest.slice("sha256:".length, "sha256:".length + 8);
    expect((await promote(promoting(workspace, `payments/api@${short}`), calm())).kind).toBe(
      "written",
    );
  });

  it("refuses a beginning that two digests share, and names both", async () => {
    const [a, b] = ["a", "b"].map((end) => ({ digest: `sha256:${"1".repeat(63)}${end}` }));
    if (a === undefined || b === undefined) throw new Error("expected two");
    await using workspace = await withVersions(
      promotion(
        "api",
        versionLine("v2.0.0", a, "channels: []"),
        versionLine("v1.0.0", b, "channels: []"),
      ),
    );
    await expect(
      promote(promoting(workspace, "payments/api@111111"), calm()),
    ).rejects.toMatchObject({
      exitCode: 2,
      message: `111111 could be any of v2.0.0 (${a.digest}), v1.0.0 (${b.digest}).`,
    });
  });

  it.for<readonly [string, string, readonly string[], RegExp]>([
    ["a version that is not listed", "payments/api@v9.9.9", ["prod"], /lists no version v9\.9\.9/],
    [
      "an artifact that there is not",
      "payments/nothing@v1.0.0",
      ["prod"],
      /There is no promotions\/payments\/nothing\.yaml/,
    ],
  ])("refuses %s", async ([, artifact, channels, message]) => {
    await using workspace = await withVersions(CANDIDATE);
    await expect(promote(promoting(workspace, artifact, channels), calm())).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  it("000-10 refuses a step that the rules forbid, and leaves the file untouched", async () => {
    await using workspace = await withVersions(
      promotion("api", versionLine("v1.1.0", two, "channels: []")),
    );
    const answer = await promote(promoting(workspace), calm());
    expect(answer).toMatchObject({
      kind: "refused",
      diagnostics: [{ code: "step-skipped", file: API }],
    });
    expect(workspace.git("status", "--porcelain")).toBe("");
  });

  it("refuses what would be a mistake in another file", async () => {
    await using workspace = await withVersions(CANDIDATE);
    workspace.commit({
      "policies/channels.yaml": `${CHANNELS}  shared: { to: "shared/all", sites: { require: [oslo] } }\n`,
      "promotions/payments/web.yaml": promotion(
        "web",
        versionLine("v1.1.0", one, "channels: [shared]"),
      ),
    });
    const answer = await promote(promoting(workspace, undefined, ["shared"]), calm());
    if (answer.kind !== "refused") throw new Error("expected a refusal");
    expect(answer.diagnostics.map(({ file }) => file)).toEqual(["promotions/payments/web.yaml"]);
    expect(workspace.git("status", "--porcelain")).toBe("");
  });

  it("does not mind mistakes that were there before, in other files", async () => {
    await using workspace = await withVersions(CANDIDATE);
    workspace.commit({ "promotions/payments/web.yaml": "a: [\n" });
    expect((await promote(promoting(workspace), calm())).kind).toBe("written");
  });
});

describe("003-26 deprecate and retire", () => {
  it.for([
    ["deprecate", "state: deprecated"],
    ["retire", "state: retired"],
  ] as const)("%s moves the state forward, with its reason", async ([verb, state]) => {
    await using workspace = await withVersions();
    const request = { root: workspace.root, artifact: "payments/api@v1.0.0", reason: "old", verb };
    expect((await retire(request, calm())).kind).toBe("written");
    expect(changes(workspace).filter((line) => line.startsWith("+"))).toEqual([
      expect.stringContaining(`${state}, reason: old`),
    ]);
    expect((await retire(request, calm())).kind).toBe("unchanged");
  });

  it("do not go back", async () => {
    await using workspace = await withVersions(
      promotion("api", versionLine("v1.0.0", one, "state: retired, reason: old")),
    );
    const answer = await retire(
      { root: workspace.root, artifact: "payments/api@v1.0.0", reason: "x", verb: "deprecate" },
      calm(),
    );
    expect(answer.kind).toBe("refused");
  });
});

describe("rollback", () => {
  it("pins each moving tag that is computed newer, and lifts it again", async () => {
    await using workspace = await withVersions();
    expect(await rollback(rollingBack(workspace), calm())).toMatchObject({
      kind: "written",
      sentence: "Pinned stable of prod to v1.0.0: commit it and open a pull request.",
    });
    expect(workspace.read(API)).toMatch(/pins:[^]*stable:[^]*v1\.0\.0[^]*INC-812/);
    workspace.commit();
    const lifted = await rollback(rollingBack(workspace, { lift: true }), calm());
    expect(lifted.kind).toBe("written");
    expect(workspace.read(API)).toBe(TWO_VERSIONS);
    expect((await rollback(rollingBack(workspace, { lift: true }), calm())).kind).toBe("unchanged");
  });

  it.for<readonly [string, Partial<RollbackRequest>, RegExp]>([
    ["to what is the newest already", { to: "v1.1.0" }, /nothing to pin/],
    ["to a version that is not listed", { to: "v9.9.9" }, /lists no version v9\.9\.9/],
    ["of a channel that there is not", { channel: "prd" }, /There is no channel prd/],
    ["of an artifact that there is not", { artifact: "payments/none" }, /There is no promotions/],
  ])("refuses one %s", async ([, over, message]) => {
    await using workspace = await withVersions();
    await expect(rollback(rollingBack(workspace, over), calm())).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringMatching(message),
    });
  });

  it.for<readonly [string, Partial<RollbackRequest>]>([
    ["a time that is none", { until: "tomorrow" }],
    ["a tag that the channel does not have", { tag: "nothing" }],
  ])("leaves the file untouched where the rules refuse %s", async ([, over]) => {
    await using workspace = await withVersions();
    const answer = await rollback(rollingBack(workspace, over), calm());
    expect(answer.kind).toBe("refused");
    expect(workspace.git("status", "--porcelain")).toBe("");
  });
});

describe("a file that is replaced", () => {
  it("is not written through a link, nor behind a link that leads elsewhere", async () => {
    await using workspace = await withVersions();
    const elsewhere = mkdtempSync(join(tmpdir(), "waybill-elsewhere-"));
    try {
      symlinkSync(elsewhere, join(workspace.root, "promotions/other"));
      await expect(
        register(
          registering(workspace, {
            artifact: "other/api@v1.0.0",
            digest: one.digest,
            kind: "container-image",
            source: "registry.example.com/staging/api",
          }),
          calm(),
        ),
      ).rejects.toMatchObject({ exitCode: 2, message: expect.stringContaining("symbolic link") });
      expect(readdirSync(elsewhere)).toEqual([]);
      rmSync(join(workspace.root, "promotions/other"));
      const real = join(workspace.root, "policies/real.yaml");
      writeFileSync(real, workspace.read(API));
      rmSync(join(workspace.root, API));
      symlinkSync("../../policies/real.yaml", join(workspace.root, API));
      const replacement = { path: API, before: workspace.read(API), text: "x" };
      await expect(replaceFile(workspace.root, replacement)).rejects.toThrow("symbolic link");
      expect(workspace.read("policies/real.yaml")).toBe(TWO_VERSIONS);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it("is not written over what somebody changed meanwhile", async () => {
    await using workspace = await withVersions();
    workspace.write(API, `${TWO_VERSIONS}# somebody's\n`);
    const replacement = { path: API, before: TWO_VERSIONS, text: "x" };
    await expect(replaceFile(workspace.root, replacement)).rejects.toMatchObject({
      exitCode: 2,
      message: `${API} changed while it was being edited; nothing was written.`,
    });
    await expect(
      replaceFile(workspace.root, { path: API, before: undefined, text: "x" }),
    ).rejects.toThrow("changed while");
    expect(workspace.read(API)).toContain("somebody's");
  });

  it("leaves nothing behind where it cannot be written", async () => {
    await using workspace = await withVersions();
    const blocked = join(workspace.root, `${API}.${process.pid}.tmp`);
    mkdirSync(blocked);
    await expect(
      replaceFile(workspace.root, { path: API, before: TWO_VERSIONS, text: "x" }),
    ).rejects.toThrow();
    expect(workspace.read(API)).toBe(TWO_VERSIONS);
    expect(existsSync(join(workspace.root, API))).toBe(true);
  });
});
