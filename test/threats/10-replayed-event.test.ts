import { randomUUID } from "node:crypto";
import { describe, expect, it } from "vitest";
import { addBotApp, requestPayload, RunningBot, stateFolder } from "../bot/running-bot.ts";
import { applyJob, APP, API, openForge, OTHER, staged, tagsOf, writesOf } from "./merging.ts";

/** Proposes, approves and merges, as people do. */
async function merged(
  workspace: Awaited<ReturnType<typeof openForge>>,
  text: string,
  branch: string,
): Promise<void> {
  const number = await workspace.propose({ [API]: text }, { branch });
  workspace.github.review(number, { by: "alice" });
  await workspace.github.merge(number, { by: "dave" });
}

describe("threat 10: an event that is brought again", { timeout: 60_000 }, () => {
  it("a push told twice is applied once: git and the registries are asked, not the event", async () => {
    await using workspace = await openForge();
    await merged(workspace, staged({ "v1.0.0": APP }), "one");
    expect(await applyJob(workspace)).toMatchObject({ code: 0 });
    const written = writesOf(workspace);
    expect(await applyJob(workspace)).toMatchObject({ code: 0 });
    expect(writesOf(workspace)).toEqual(written);
  });

  it("a push of an older commit brings nothing back", async () => {
    await using workspace = await openForge();
    await merged(workspace, staged({ "v1.0.0": APP }), "one");
    const older = await workspace.github.repository().git.head("refs/heads/main");
    expect(await applyJob(workspace)).toMatchObject({ code: 0 });
    await merged(workspace, staged({ "v2.0.0": OTHER, "v1.0.0": APP }), "two");
    expect(await applyJob(workspace)).toMatchObject({ code: 0 });
    workspace.target.repository("preprod/payments/api").tags.delete("v1.0.0");
    expect([...tagsOf(workspace).keys()]).toEqual(["v2.0.0"]);
    const written = writesOf(workspace);
    // What the older run would have copied is gone again; its event is late, and is no reason to copy it.
    const late = await applyJob(workspace, { commit: older ?? "" });
    expect(late).toMatchObject({ code: 4, err: expect.stringContaining("stale-run") });
    expect(writesOf(workspace)).toEqual(written);
  });

  it("what the event says of itself is no input: only git and the forge are", async () => {
    await using workspace = await openForge();
    await workspace.propose({ [API]: staged({ "v1.0.0": APP }) });
    const env = { GITHUB_EVENT_NAME: "push", GITHUB_SHA: "f".repeat(40), GITHUB_ACTOR: "alice" };
    expect(await applyJob(workspace, { env })).toMatchObject({ code: 0 });
    expect(writesOf(workspace)).toEqual([]);
  });

  it("a delivery to the bot is done once by its identity, also after a restart", async () => {
    await using workspace = await openForge();
    using state = stateFolder();
    const { env } = addBotApp(workspace.github);
    const number = await workspace.propose({ [API]: staged({ "v1.0.0": APP }) });
    const delivery = { id: randomUUID(), payload: requestPayload(workspace.github, number) };
    const taken: (readonly [number, string])[] = [];
    for (const times of [2, 1]) {
      await using bot = await RunningBot.start(state.path, env);
      for (let time = 0; time < times; time += 1) {
        const answer = await bot.post(delivery);
        taken.push([answer.status, await answer.text()]);
        await bot.idle();
      }
    }
    expect(taken).toEqual([
      [202, expect.stringContaining("accepted")],
      [202, expect.stringContaining("seen before")],
      [202, expect.stringContaining("seen before")],
    ]);
    expect([...workspace.github.repository().comments.values()]).toHaveLength(1);
  });
});
