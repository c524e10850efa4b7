import { describe, expect, it } from "vitest";
import { image } from "../support/images.ts";
import { openWorkspace, promotion, versionLine } from "../support/workspace.ts";
import { waybillIn } from "./captured.ts";

const JOB = { env: { GITHUB_ACTIONS: "true" } };
const API = "promotions/payments/api.yaml";

describe("in a GitHub Actions job", () => {
  it.for(["oci-layout:/srv/layouts/api", "oci-layout:../elsewhere/api"])(
    "a source may not name %s, any folder of the runner",
    async (source) => {
      await using workspace = await openWorkspace();
      const text = promotion("api", versionLine("v1.0.0", image(), "channels: []"));
      workspace.commit({ [API]: text.replace(/repository: [^ }]+/, `repository: "${source}"`) });
      for (const verb of ["validate", "plan"]) {
        const here = await waybillIn(workspace, [verb]);
        const there = await waybillIn(workspace, [verb], JOB);
        expect(here.out, verb).not.toContain("path-outside-root");
        expect(there, verb).toMatchObject({ code: 2 });
        expect(there.out, verb).toContain("path-outside-root");
      }
    },
  );
});
