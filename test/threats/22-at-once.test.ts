import { describe, expect, it } from "vitest";
import { artifact, image, index, seed } from "../support/images.ts";
import { startWaybill } from "../support/real/waybill.ts";
import { openWorkspace, promotion, versionLine } from "../support/workspace.ts";
import { APP, API, openForge, staged } from "./merging.ts";

const app = image({ seed: "app", layers: 4 });

describe("threat 22: two runs at once", { timeout: 60_000 }, () => {
  it("of the same apply leave everything in place, and lose no referrer of a fallback index", async () => {
    await using workspace = await openWorkspace({ referrers: "off" });
    const { root, source, target } = workspace;
    const evidence = ["a", "b", "c"].map((name) =>
      artifact({ subject: app, artifactType: `application/vnd.example.${name}` }),
    );
    seed(source.repository("staging/api"), app);
    const listing = app.digest.replace(":", "-");
    seed(source.repository("staging/api"), index(evidence), [listing]);
    workspace.commit({
      [API]: promotion("api", versionLine("v1.0.0", app, "channels: [staging]")),
    });
    const runs = [1, 2, 3].map(() => startWaybill(["apply", "--yes"], { cwd: root }).ended);
    const ended = await Promise.all(runs);
    // One that lost a race may say so (exit 1); it is then for the next run, and none leaves less than it found.
    expect(ended.map(({ code }) => code).filter((code) => code !== 0 && code !== 1)).toEqual([]);
    expect((await startWaybill(["apply", "--yes", "--deep"], { cwd: root }).ended).code).toBe(0);
    const place = target.repository("preprod/payments/api");
    expect(place.tags.get("v1.0.0")).toBe(app.digest);
    const check = await startWaybill(["plan", "--deep", "--detailed-exitcode"], { cwd: root })
      .ended;
    expect({ code: check.code, out: check.stdout }).toMatchObject({ code: 0 });
    const kept = place.manifests.get(place.tags.get(listing) ?? "")?.bytes.toString() ?? "";
    for (const { digest } of evidence) {
      expect(place.manifests.has(digest)).toBe(true);
      expect(kept).toContain(digest);
    }
  });

  it("of the same report leave one comment", async () => {
    await using workspace = await openForge();
    const { github } = workspace;
    const number = await workspace.propose({ [API]: staged({ "v1.0.0": APP }) });
    const folder = await workspace.checkout(`refs/pull/${number}/merge`);
    await workspace.run(folder, ["plan", "--format", "github", "--out", "check.json"]);
    const token = github.actionsToken({ contents: "read", pull_requests: "write" });
    const env = { ...github.env(token) };
    const args = ["pr", "report", "--plan", "check.json", "--pr", String(number)];
    const runs = [1, 2, 3].map(() => startWaybill(args, { cwd: folder, env }).ended);
    expect((await Promise.all(runs)).map(({ code }) => code)).toEqual([0, 0, 0]);
    expect([...github.repository().comments.values()]).toHaveLength(1);
  });
});
