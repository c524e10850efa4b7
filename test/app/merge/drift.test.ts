import { expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const app = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));

it(
  "000-21 drift keeps one issue true: opened, updated, closed, and never a second one",
  { timeout: 60_000 },
  async () => {
    await using workspace = await ForgeWorkspace.open({ [FILE]: STAGED });
    seed(workspace.source.repository("staging/api"), app);
    const folder = await workspace.checkout("refs/heads/main");
    const token = workspace.github.actionsToken({ contents: "read", issues: "write" });
    const { issues } = workspace.github.repository();
    async function look(): Promise<readonly string[]> {
      expect(await workspace.run(folder, ["drift"], { token })).toMatchObject({ code: 0 });
      return [...issues.values()].map(({ state }) => state);
    }
    expect(await look()).toEqual(["open"]);
    const [issue] = [...issues.values()];
    expect(issue?.body).toContain("not as git says: copy of payments/api v1.0.0 at oslo");
    expect(await look()).toEqual(["open"]);
    const written = workspace.target.requests.filter(
      ({ method }) => method !== "GET" && method !== "HEAD",
    );
    expect(written).toEqual([]);
    seed(workspace.target.repository("preprod/payments/api"), app, ["v1.0.0"]);
    expect(await look()).toEqual(["closed"]);
    workspace.target.repository("preprod/payments/api").tags.clear();
    expect(await look()).toEqual(["open"]);
    expect(workspace.github.violations).toEqual([]);
  },
);
