import { describe, expect, it } from "vitest";
import { reapprovedIn, reapproveTrailers } from "../../../src/app/pr/reapproved.ts";
import { action } from "../../support/actions.ts";

const NOTHING = {
  files: [],
  changes: [],
  rules: { owners: undefined, channels: new Map(), bootstrap: false },
};

describe("000-11 what is asked for again needs the owners of the files that speak of it", () => {
  it.for<readonly [string, string, readonly string[]]>([
    ["a promotion's", "prod", ["promotions/tools/web/api.yaml"]],
    ["a thin manifest's", "kpromo", ["images/tools/images.yaml", "images/tools/web/images.yaml"]],
  ])("%s", ([, channel, paths]) => {
    const again = action({ artifact: "tools/web/api", channel });
    const meant = reapprovedIn(reapproveTrailers([again]).join("\n"), NOTHING);
    expect(meant?.files.map(({ path }) => path)).toEqual(paths);
  });
});
