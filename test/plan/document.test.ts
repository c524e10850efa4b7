import { describe, expect, it } from "vitest";
import type { Plan } from "#model";
import { parsePlanDocument, planDocument } from "#plan";
import { actionId } from "../../src/plan/action-key.ts";
import { action, blockedItem, planWith, tagAction } from "../support/actions.ts";
import { digestOf } from "../support/state.ts";

const COPY = action();
const NEW_TAG = tagAction("v1.0.0");
const MOVE = tagAction("stable", { expect: digestOf("old"), notBefore: "2027-01-01T00:00:00Z" });

describe("the document waybill.dev/plan/v1", () => {
  it("has exactly the members of the contract", () => {
    const key = { ...NEW_TAG };
    const plan = planWith([COPY, NEW_TAG, MOVE], {
      commit: "c0ffee",
      base: "beef",
      unchanged: 7,
      depth: "deep",
      scope: { kind: "since", revision: "HEAD^", artifacts: ["b/b", "a/a"] },
      blocked: [blockedItem({ key, code: "foreign-move", channel: undefined, site: undefined })],
      notes: [{ code: "foreign-content", message: "some" }],
      overLimit: [MOVE.id],
    });
    expect(planDocument(plan)).toStrictEqual({
      schema: "waybill.dev/plan/v1",
      digest: plan.digest,
      commit: "c0ffee",
      base: "beef",
      scope: { kind: "since", revision: "HEAD^", artifacts: ["a/a", "b/b"] },
      depth: "deep",
      summary: {
        copy: 1,
        tag: 2,
        untag: 0,
        delete: 0,
        attest: 0,
        blocked: 1,
        warned: 1,
        unchanged: 7,
      },
      actions: [
        {
          id: COPY.id,
          op: "copy",
          artifact: "payments/api",
          version: "v1.0.0",
          digest: COPY.digest,
          kind: "container-image",
          channel: "prod",
          site: "oslo",
          from: "registry.example.com/staging/api",
          to: "registry.oslo.example.com/prod/payments/api",
          bytes: 1000,
          reason: "it is not there",
          destructive: false,
        },
        {
          id: NEW_TAG.id,
          op: "tag",
          artifact: "payments/api",
          version: "v1.0.0",
          digest: COPY.digest,
          kind: "container-image",
          channel: "prod",
          site: "oslo",
          to: "registry.oslo.example.com/prod/payments/api",
          tag: "v1.0.0",
          expect: null,
          reason: "it is not there",
          destructive: false,
        },
        expect.objectContaining({ expect: digestOf("old"), notBefore: "2027-01-01T00:00:00Z" }),
      ],
      blocked: [
        {
          artifact: "payments/api",
          version: "v1.0.0",
          key: {
            op: "tag",
            artifact: "payments/api",
            version: "v1.0.0",
            digest: COPY.digest,
            channel: "prod",
            site: "oslo",
            to: "registry.oslo.example.com/prod/payments/api",
            tag: "v1.0.0",
            expect: null,
          },
          code: "foreign-move",
          reason: "not known",
          hint: "run it again",
        },
      ],
      notes: [{ code: "foreign-content", message: "some" }],
    });
  });

  it("leaves out what does not apply", () => {
    const document = planDocument(planWith([]));
    expect(document).not.toHaveProperty("commit");
    expect(document).not.toHaveProperty("base");
    expect(document).toMatchObject({ scope: { kind: "all" }, actions: [], blocked: [], notes: [] });
  });
});

describe("a plan file", () => {
  const FILE = "plan.json";

  function read(document: unknown): ReturnType<typeof parsePlanDocument> {
    return parsePlanDocument(JSON.stringify(document), FILE);
  }

  it("gives back the ids of the actions that were written", () => {
    const actions = [COPY, NEW_TAG, MOVE, action({ op: "delete" })];
    const parsed = read(written(planWith(actions)));
    expect(parsed).toEqual({ kind: "plan", ids: new Set(actions.map(({ id }) => id)) });
  });

  it("only its actions are read: a subset made by hand is one", () => {
    const { id: _, ...byHand } = { ...MOVE };
    expect(read({ actions: [byHand], blocked: 7 })).toEqual({
      kind: "plan",
      ids: new Set([MOVE.id]),
    });
    expect(read({ actions: [] })).toEqual({ kind: "plan", ids: new Set() });
  });

  it("ids are computed, not believed", () => {
    const parsed = read({ actions: [{ ...MOVE, id: COPY.id }] });
    expect(parsed).toMatchObject({ kind: "invalid", diagnostics: [{ code: "plan-action" }] });
  });

  it.for<readonly [string, string, string]>([
    ["no JSON", "{", "plan-syntax"],
    ["nothing", "", "plan-syntax"],
    ["null", "null", "plan-actions"],
    ["an array", "[]", "plan-actions"],
    ["no actions", `{"schema":"waybill.dev/plan/v1"}`, "plan-actions"],
    ["actions that are no array", `{"actions":{"length":1}}`, "plan-actions"],
    ["inherited actions", `{"__proto__":{"actions":[]}}`, "plan-actions"],
    ["another document", `{"schema":"waybill.dev/result/v1","actions":[]}`, "plan-schema"],
    ["very deep", `{"actions":[${"[".repeat(50_000)}${"]".repeat(50_000)}]}`, "plan-action"],
  ])("is refused with a diagnostic: %s", ([, text, code]) => {
    const parsed = parsePlanDocument(text, FILE);
    expect(parsed).toMatchObject({
      kind: "invalid",
      diagnostics: [{ code, severity: "error", file: FILE, line: 1, column: 1 }],
    });
  });

  it.for<readonly [string, Readonly<Record<string, unknown>>]>([
    ["op", { op: "destroy" }],
    ["op", { op: undefined }],
    ["artifact", { artifact: 7 }],
    ["to", { to: "not a repository" }],
    ["to", { to: 7 }],
    ["digest", { digest: "sha256:short" }],
    ["expect", { expect: 7 }],
    ["version", { version: ["v1"] }],
    ["channel", { channel: {} }],
    ["tag", { tag: 7 }],
  ])("names the action and the member that is wrong: %s", ([name, over]) => {
    const { id: _, ...byHand } = { ...MOVE, ...over };
    const parsed = read({ actions: [{ ...COPY }, byHand] });
    const [diagnostic] = parsed.kind === "invalid" ? parsed.diagnostics : [];
    expect(diagnostic?.message).toContain("actions[1]");
    expect(diagnostic?.message).toContain(`"${name}"`);
  });

  it("tells everything that is wrong at once, and no flood", () => {
    const two = read({ schema: "x", actions: [null, { ...COPY }, "x"] });
    const many = read({ actions: Array.from({ length: 1000 }, () => 7) });
    expect(
      [two, many].map((parsed) => parsed.kind === "invalid" && parsed.diagnostics.length),
    ).toEqual([3, 50]);
  });

  it("null and left out are the same in a key", () => {
    const key = { op: "copy", artifact: "a/b", to: COPY.to, digest: COPY.digest } as const;
    const whole = { ...key, version: null, channel: null, site: null, tag: null, expect: null };
    expect(read({ actions: [key] })).toEqual({ kind: "plan", ids: new Set([actionId(whole)]) });
  });
});

function written(plan: Plan): Readonly<Record<string, unknown>> {
  return JSON.parse(JSON.stringify(planDocument(plan)));
}
