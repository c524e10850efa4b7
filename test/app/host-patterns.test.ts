import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";
import { planned } from "./run.ts";

const app = image();

/** `registries.yaml` with two patterns that fit the target's host; the longer one speaks for it. */
function registries({ source, target }: Workspace, longer: number, shorter: number): string {
  const endpoint = `endpoint: "http://${target.host}"`;
  return `apiVersion: waybill.dev/v1
kind: Registries
hosts:
  registry.example.com: { endpoint: "http://${source.host}" }
  "*": { ${endpoint}, requestsPerSecond: ${shorter} }
  "*.oslo.example.com": { ${endpoint}, requestsPerSecond: ${longer} }
`;
}

describe("--since REV, where two patterns of registries.yaml fit a host", () => {
  it.for([
    ["the longer one changed: in scope", 60, 100, ["payments/api"]],
    ["the shorter one changed: not in scope", 50, 200, []],
  ] as const)("%s", async ([, longer, shorter, artifacts]) => {
    await using workspace = await openWorkspace();
    seed(workspace.source.repository("staging/api"), app);
    const since = workspace.commit({
      "policies/registries.yaml": registries(workspace, 50, 100),
      "promotions/payments/api.yaml": promotion(
        "api",
        versionLine("v1.0.0", app, "channels: [staging]"),
      ),
    });
    workspace.commit({ "policies/registries.yaml": registries(workspace, longer, shorter) });
    expect((await planned(workspace, { since })).plan.scope).toMatchObject({ artifacts });
  });
});
