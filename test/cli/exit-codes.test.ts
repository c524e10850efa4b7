import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import {
  CHANNELS,
  openWorkspace,
  promotion,
  SITES,
  versionLine,
  type Workspace,
} from "../support/workspace.ts";
import { waybillIn, type Running } from "./captured.ts";

const app = image({ seed: "app" });
const other = image({ seed: "other" });
const API = "promotions/payments/api.yaml";
const STAGING = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const FORBIDDEN = { kind: "answer", status: 403 } as const;

type Prepare = (workspace: Workspace) => Running | void;

/** v1.0.0 is at the source and promoted to staging. */
function listed(workspace: Workspace): void {
  seed(workspace.source.repository("staging/api"), app);
  workspace.commit({ [API]: STAGING });
}

function inPlace(workspace: Workspace): void {
  listed(workspace);
  seed(workspace.target.repository("preprod/payments/api"), app, ["v1.0.0"]);
}

function bestEffortFails(workspace: Workspace): void {
  inPlace(workspace);
  workspace.commit({
    "policies/sites.yaml": `${SITES}  bergen: { stores: { oci: registry.oslo.example.com/far } }\n`,
    "policies/channels.yaml": CHANNELS.replace(
      '"preprod/{project}/{name}", sites: { require: [oslo] }',
      '"preprod/{project}/{name}", sites: { require: [oslo], bestEffort: [bergen] }',
    ),
  });
  const repository = "far/preprod/payments/api";
  workspace.target.fault({ match: { repository, times: Infinity }, do: FORBIDDEN });
}

function retired(workspace: Workspace): void {
  inPlace(workspace);
  workspace.commit({
    [API]: promotion("api", versionLine("v1.0.0", app, "state: retired, reason: old")),
  });
}

function interrupted(workspace: Workspace): Running {
  listed(workspace);
  const controller = new AbortController();
  workspace.target.fault({ match: {}, do: { kind: "hang" } });
  workspace.target.onRequest(() => controller.abort(new Error("interrupted by SIGINT")));
  return { signal: controller.signal };
}

/** Contract §4, "Exit codes": the first that applies of 2, 1, 4, 3, 5, 0. */
const TABLE: readonly (readonly [number, string, readonly string[], Prepare])[] = [
  [0, "nothing is there to do", ["plan"], () => undefined],
  [0, "nothing changed since", ["plan", "--since", "HEAD"], listed],
  [0, "there is something to do, and nobody asked for details", ["plan"], listed],
  [0, "all is done", ["apply", "--yes"], listed],
  [0, "all was done", ["apply", "--yes"], inPlace],
  [
    0,
    "foreign content is only noted",
    ["plan"],
    (workspace) => {
      inPlace(workspace);
      seed(workspace.target.repository("preprod/payments/api"), other, ["theirs"]);
    },
  ],
  [0, "all is well", ["validate"], listed],
  [
    1,
    "the source lacks what is needed",
    ["plan"],
    (workspace) => {
      workspace.commit({ [API]: STAGING });
    },
  ],
  [
    1,
    "the source lacks what is needed",
    ["apply", "--yes"],
    (workspace) => {
      workspace.commit({ [API]: STAGING });
    },
  ],
  [
    1,
    "a required store cannot be read",
    ["plan"],
    (workspace) => {
      listed(workspace);
      workspace.target.fault({ match: { kind: "tags" }, do: FORBIDDEN });
    },
  ],
  [
    1,
    "a part failed",
    ["apply", "--yes"],
    (workspace) => {
      listed(workspace);
      workspace.target.configure({ readOnly: "405" });
    },
  ],
  [
    1,
    "both failed and refused",
    ["plan"],
    (workspace) => {
      retired(workspace);
      workspace.commit({
        "promotions/payments/web.yaml": promotion(
          "web",
          versionLine("v1.0.0", app, "channels: [staging]"),
        ),
      });
    },
  ],
  [
    2,
    "a file is wrong",
    ["plan"],
    (workspace) => {
      workspace.commit({ [API]: "a: [\n" });
    },
  ],
  [
    2,
    "a file is wrong",
    ["validate"],
    (workspace) => {
      workspace.commit({ [API]: "a: [\n" });
    },
  ],
  [
    2,
    "something is not committed",
    ["apply", "--yes"],
    (workspace) => {
      listed(workspace);
      workspace.write(API, `# a thought\n${STAGING}`);
    },
  ],
  [2, "a revision is not there", ["plan", "--since", "nothing"], listed],
  [2, "an artifact is not there", ["promote", "payments/none@v1.0.0", "--to", "prod"], listed],
  [
    2,
    "a step is skipped",
    ["promote", "payments/api@v1.0.0", "--to", "prod"],
    (workspace) => {
      workspace.commit({ [API]: promotion("api", versionLine("v1.0.0", app, "channels: []")) });
    },
  ],
  [3, "best effort cannot be read", ["plan"], bestEffortFails],
  [3, "best effort cannot be read", ["apply", "--yes"], bestEffortFails],
  [
    3,
    "best effort outweighs changes",
    ["plan", "--detailed-exitcode"],
    (workspace) => {
      bestEffortFails(workspace);
      workspace.target.repository("preprod/payments/api").tags.clear();
      workspace.target.repository("preprod/payments/api").manifests.clear();
    },
  ],
  [
    4,
    "a foreign tag is in the way",
    ["plan"],
    (workspace) => {
      listed(workspace);
      seed(workspace.target.repository("preprod/payments/api"), other, ["v1.0.0"]);
    },
  ],
  [4, "something would be removed", ["plan"], retired],
  [4, "something would be removed", ["apply", "--yes"], retired],
  [
    4,
    "a store is of no kind that is known yet",
    ["plan"],
    (workspace) => {
      listed(workspace);
      workspace.commit({
        "policies/sites.yaml": SITES.replace("registry.oslo.example.com", '"s3://bucket"'),
      });
    },
  ],
  [
    4,
    "nobody says yes",
    ["apply"],
    (workspace) => {
      listed(workspace);
      return { terminal: true, answer: "y" };
    },
  ],
  [5, "there is something to do", ["plan", "--detailed-exitcode"], listed],
  [130, "it is interrupted", ["plan"], interrupted],
  [130, "it is interrupted", ["apply", "--yes"], interrupted],
];

describe("exit code", () => {
  it.for(TABLE)("%i where %s: waybill %s", async ([code, , args, prepare]) => {
    await using workspace = await openWorkspace();
    const running = prepare(workspace) ?? {};
    expect(await waybillIn(workspace, args, running)).toMatchObject({ code });
  });

  it("reaches every code of the contract", () => {
    expect(new Set(TABLE.map(([code]) => code))).toEqual(new Set([0, 1, 2, 3, 4, 5, 130]));
  });
});
