import { describe, expect, it } from "vitest";
import { commentMarkdown, markerLine, parseMarker, type CommentInput } from "#report";
import { action, blockedItem, planWith } from "../../support/actions.ts";
import { digestOf } from "../../support/state.ts";
import {
  BASE,
  exampleComment,
  exampleOutcome,
  examplePage,
  examplePlan,
  exampleReport,
  HEAD,
} from "./comments.ts";

function linesOf(input: CommentInput): readonly string[] {
  return commentMarkdown(input).split("\n");
}

describe("the sticky comment", () => {
  it.for<readonly [string, CommentInput]>([
    ["planned", exampleComment()],
    ["stale", exampleComment({ stale: { head: "f".repeat(40), base: undefined } })],
    ["merged", exampleComment({ outcome: exampleOutcome() })],
  ])("%s", async ([name, input]) => {
    await expect(commentMarkdown(input)).toMatchFileSnapshot(`../../golden/comment-${name}.md`);
  });

  it("begins with its marker, then the verdict, then what takes away", () => {
    const [marker, verdict, , heading] = linesOf(exampleComment());
    expect(marker).toBe(
      `<!-- waybill:plan v1 id=default head=${HEAD} base=${BASE} digest=${examplePlan().digest} -->`,
    );
    expect(verdict).toMatch(/^⛔ \*\*Refused as it stands\.\*\* To do: 1 delete \(destructive\)/);
    expect(heading).toBe("#### ⚠️ Destructive");
  });

  it.for<readonly [string, RegExp]>([
    [
      "the version, its short digest linked to commit and run",
      /\[`[0-9a-f]{12}`\]\(https:\/\/github\.com\/acme\/payments-api\/commit\/5c1d\S+\) \(\[run\]\(https/,
    ],
    ["from where to where", /\| staging → \*\*prod\*\* \| `oslo` `bergen` \| trust verified \|/],
    ["before and after", /\| prod \| oslo \| `v1\.4\.1` \| `v1\.4\.2` \|/],
    [
      "packages",
      /packages: \*\*1 added\*\* `npm\/undici 8\.12\.4`; \*\*1 removed\*\* `npm\/node-fetch 2\.7\.0`; \*\*1 upgraded\*\* `deb\/openssl 3\.0\.15 → 3\.0\.16`/,
    ],
    [
      "vulnerabilities",
      /vulnerabilities: \*\*1 introduced\*\* `CVE-2026-2222 \(low\)`; \*\*1 fixed\*\* `CVE-2026-1111 \(high\)`/,
    ],
    ["config", /config: user `root` → `10001`/],
    ["platforms", /platforms: \*\*1 added\*\* `linux\/arm64`/],
    [
      "the source range",
      /\[`111111111111` → `5c1d2e3f4a5b`\]\(https:\/\/github\.com\/acme\/payments-api\/compare\//,
    ],
    ["rollback readiness", /\*\*Rollback\*\* to `v1\.4\.1`: ready at `oslo`, and not at 1 site:/],
    ["what rollback lacks", /`bergen`: its signature is not there/],
    ["who must still approve and why", /\*\*1 more\*\* of `sre`, for channel prod/],
    ["that one approval may be several", /_One approval may count for several of these\._/],
    ["whose review does not count", /`alice` does not count: wrote a commit/],
    [
      "what is refused, and who can supply it",
      /\*\*refused\*\* payments\/web `v2\.1\.0` for prod at oslo \(`trust\.sbom`\).*To do: attach a bill/,
    ],
    [
      "commands to type",
      /```console\nwaybill plan --since 89abcdef0123\nwaybill why payments\/api@v1\.4\.2 prod\nwaybill why payments\/web@v2\.1\.0 prod\n/,
    ],
    [
      "the whole plan digest, head, base and time",
      /<sub>plan `sha256:[0-9a-f]{64}` · head \[`0123456789ab`\]\(\S+\) · base \[`89abcdef0123`\]\(\S+\) · 2026/,
    ],
  ])("says %s", ([, words]) => {
    expect(commentMarkdown(exampleComment())).toMatch(words);
  });

  it("says what no approval helps against, and does not ask for one more instead", () => {
    const refused = ["bob is no promoter of prod. To do: ask somebody of sre to open it."];
    const approvals = { isApproved: false, needed: [], given: [], notCounted: [], refused };
    const text = commentMarkdown(exampleComment({ approvals }));
    expect(text).toContain("#### Approvals: refused");
    expect(text).toContain("- **refused**: bob is no promoter of prod.");
    expect(text).not.toContain("more** of");
  });

  it("says what is not known instead of nothing", () => {
    const unknown = { kind: "unknown", why: "the new version has no SBOM to read" } as const;
    const content = {
      against: "v1.4.1",
      packages: unknown,
      vulnerabilities: unknown,
      config: unknown,
      platforms: unknown,
      source: undefined,
    };
    const none = { kind: "none", why: "no other version was ever in prod" } as const;
    const text = commentMarkdown(
      exampleComment({
        report: exampleReport({ pages: [examplePage({ content, rollback: none })] }),
      }),
    );
    expect(text).toContain("- packages: not compared, because the new version has no SBOM to read");
    expect(text).toContain("- source range: not known");
    expect(text).toContain("**Rollback**: not ready: no other version was ever in prod");
  });

  it("keeps destructive actions out of every fold", () => {
    const text = commentMarkdown(exampleComment());
    const folded = [...text.matchAll(/<details>[\s\S]*?<\/details>/g)].join("\n");
    expect(text).toContain("| **delete** |");
    expect(folded).not.toContain("**delete**");
  });

  it("is stale above everything else but the verdict, and not after the merge", () => {
    const stale = { head: "f".repeat(40), base: "e".repeat(40) };
    const banner =
      "> **Stale**: the head is now `ffffffffffff` and the base is now `eeeeeeeeeeee`.";
    expect(linesOf(exampleComment({ stale }))[4]).toContain(banner);
    expect(commentMarkdown(exampleComment({ stale, outcome: exampleOutcome() }))).not.toContain(
      "Stale",
    );
  });

  it("after the merge says what became of each site, first what was not done", () => {
    const text = commentMarkdown(exampleComment({ outcome: exampleOutcome() }));
    expect(text.split("\n")[1]).toBe(
      "⚠️ **Merged, and not all of it done: 6 of 8 actions; 2 left undone.**",
    );
    expect(text).toContain("| prod | oslo | 3 of 5 |  | **2** |");
    expect(text).toContain("| prod | bergen | 3 of 3 |  |  |");
    expect(text).toContain("`not-approved` removals are not carried out yet");
    expect(text).not.toContain("#### Approvals");
  });

  it("after the merge tells what will follow from what failed, and what nothing covers", () => {
    const waiting = action({ notBefore: "2026-11-22T00:00:00Z" });
    const skipped = {
      action: waiting,
      status: "skipped",
      code: undefined,
      message: undefined,
      retryable: false,
    } as const;
    const outcome = {
      ...exampleOutcome(),
      results: [skipped],
      uncovered: [{ ...skipped, action: action({ version: "v9" }) }],
    };
    const text = commentMarkdown(exampleComment({ outcome }));
    expect(text).toContain("1 will follow when their time has come; 1 left undone");
    expect(text).toContain("- **not covered by this merge** skipped: copy `v9` of payments/api");
    expect(text).toContain("skipped until 2026&#45;11&#45;22");
  });

  it("000-30 is not done after the merge while a place could not even be planned", () => {
    const results = exampleOutcome().results.filter(({ status }) => status === "done");
    const blocked = [blockedItem({ code: "target-unknown", key: undefined, site: "bergen" })];
    const text = commentMarkdown(
      exampleComment({ outcome: { ...exampleOutcome(), results, uncovered: [], blocked } }),
    );
    expect(text).toContain("not all of it done: 6 of 7 actions; 1 left undone");
    expect(text).toMatch(/- \*\*blocked\*\*: .* at bergen: `target-unknown` .* To do: /);
  });

  it.for<readonly [number, RegExp]>([
    [40, /^(?![\s\S]*Left out for size)/],
    [
      400,
      /_Left out for size: the details of 1 artifact, and rows after the first 60 of each table\. All of it is in \[the job's summary\]\(https/,
    ],
    [4_000, /_Left out for size: /],
  ])("says what it left out: %i artifacts", ([number, words]) => {
    const actions = Array.from({ length: number }, (_, at) => {
      const name = `payments/service-${at}`;
      return action({ artifact: name, version: `v${at}.0.0`, digest: digestOf(`d${at}`) });
    });
    const blocked = actions
      .slice(0, 300)
      .map(({ artifact, version }) => blockedItem({ artifact, version, reason: "r".repeat(400) }));
    const plan = planWith(actions, { blocked: number > 40 ? blocked : [] });
    const text = commentMarkdown(exampleComment({ report: exampleReport({ plan }) }));
    expect(text.length).toBeLessThanOrEqual(65_000);
    expect(text.replace("the details of 400 artifacts", "the details of 1 artifact")).toMatch(
      words,
    );
    expect(text).toContain("Refused as it stands");
    expect(text).not.toMatch(/nothing to do|no changes/i);
  });

  it("leaves destructive rows out last, and counts those that it leaves out", () => {
    const actions = Array.from({ length: 5_000 }, (_, at) =>
      action({
        op: "delete",
        destructive: true,
        version: `v${at}.0.0`,
        digest: digestOf(`d${at}`),
      }),
    );
    const text = commentMarkdown(
      exampleComment({ report: exampleReport({ plan: planWith(actions) }) }),
    );
    expect(text).toContain("5000 deletes (destructive)");
    expect(text).toContain("| `v99.0.0` |");
    expect(text).toContain("_and 4900 more, left out for size_");
  });
});

describe("the marker", () => {
  it("is read as it was written", () => {
    const marker = { instance: "eu.prod-1", head: HEAD, base: BASE, digest: digestOf("x") };
    expect(parseMarker(`${markerLine(marker)}\nrest`)).toEqual(marker);
    expect(
      parseMarker(`${markerLine({ ...marker, head: undefined, digest: undefined })}\r\nrest`),
    ).toEqual({ ...marker, head: undefined, digest: undefined });
  });

  it.for(["--> <script>", "a b", "", "-->", "x".repeat(200), "a\n<!-- waybill:plan"])(
    "no name of a set-up ends it: %j",
    (instance) => {
      const line = markerLine({ instance, head: HEAD, base: BASE, digest: undefined });
      expect(line).toMatch(
        /^<!-- waybill:plan v1 id=[A-Za-z0-9._-]+ head=\S+ base=\S+ digest=none -->$/,
      );
      expect(parseMarker(line)).toBeDefined();
    },
  );

  it.for([
    "",
    "words",
    " <!-- waybill:plan v1 id=a head=none base=none digest=none -->",
    "<!-- waybill:plan v2 id=a head=none base=none digest=none -->",
    "<!-- waybill:plan v1 id=a head=none base=none digest=sha256:00 -->",
    "text\n<!-- waybill:plan v1 id=a head=none base=none digest=none -->",
  ])("is no other line: %j", (body) => {
    expect(parseMarker(body)).toBeUndefined();
  });
});
