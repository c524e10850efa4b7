import { describe, expect, it } from "vitest";
import { makeStyle, verifyMarkdown, verifyText } from "#report";
import { complete, decided, HOSTILE } from "./cases.ts";

const NONE = makeStyle(false);
const page = { turned: undefined, whole: false } as const;

describe("the answer of verify for a terminal", () => {
  it("000-20 002-45 says state, rules, evidence, what to do, and the commands", async () => {
    const text = verifyText({ ...page, decisions: [decided()] }, NONE);
    await expect(text).toMatchFileSnapshot("../../golden/verify.txt");
  });
});
