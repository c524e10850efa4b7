import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LOCK_TIMING, withLock, type LockTiming } from "../../../src/stores/layout/lock.ts";
import { image } from "../../support/images.ts";
import { push } from "../contract/fixture.ts";
import { digestOfBuilt, never } from "../registry/client/fixture.ts";
import { layoutAt, makeFolder, startChild, type Child, type Folder } from "./fixture.ts";

const HOLD = new URL("./children/hold.ts", import.meta.url);
const COUNT = new URL("./children/count.ts", import.meta.url);
const QUICK: LockTiming = { deadlineMs: 200, silentMs: 50 };
const LOCK = ".waybill.lock";

describe("a layout's lock", { timeout: 60_000 }, () => {
  let folder: Folder;
  const children: Child[] = [];

  beforeEach(async () => {
    folder = await makeFolder();
  });
  afterEach(async () => {
    await Promise.all(children.splice(0).map((child) => child.kill()));
    await folder[Symbol.asyncDispose]();
  });

  function start(program: URL, ...args: readonly string[]): Child {
    const child = startChild(program, args);
    children.push(child);
    return child;
  }

  function lock<T>(work: () => Promise<T>, timing: LockTiming = LOCK_TIMING): Promise<T> {
    const place = { repository: layoutAt("app"), folder: folder.root };
    return withLock({ place, timing, givenUp: () => false }, work);
  }

  it("is held by one of several processes at a time", async () => {
    const file = folder.path("count");
    await writeFile(file, "0");
    const counters = [1, 2, 3].map(() => start(COUNT, folder.root, file, "40"));
    for (const child of counters) expect(await child.ended()).toEqual({ code: 0, errors: "" });
    expect(await readFile(file, "utf8")).toBe("120");
    expect(await readdir(folder.root)).toEqual(["count"]);
  });

  it("is taken over at once from a process that was killed", async () => {
    const holder = start(HOLD, folder.root);
    expect(await holder.line()).toBe("held");
    await holder.kill();
    expect(await readdir(folder.root)).toContain(LOCK);
    expect(await lock(async () => "done", { deadlineMs: 5_000, silentMs: 60_000 })).toBe("done");
    expect(await readdir(folder.root)).not.toContain(LOCK);
  });

  it("goes to one of several who see the same dead holder", async () => {
    const file = folder.path("count");
    for (let round = 0; round < 1; round += 1) {
      await writeFile(file, "0");
      const holder = start(HOLD, folder.root);
      expect(await holder.line()).toBe("held");
      const counters = [1, 2, 3].map(() => start(COUNT, folder.root, file, "5"));
      for (const child of counters) expect(await child.line()).toBe("started");
      await holder.kill();
      for (const child of counters) expect(await child.ended()).toEqual({ code: 0, errors: "" });
      expect(await readFile(file, "utf8")).toBe("15");
    }
  });

  it("is taken over from one who died while it took it over", async () => {
    const ours = await ownTicket();
    const dead = { ...ours, pid: await deadPid(), nonce: "1".repeat(16) };
    await writeFile(folder.path(LOCK), JSON.stringify(dead));
    const breaker = { ...dead, nonce: "2".repeat(16) };
    await writeFile(folder.path(`${LOCK}.${dead.nonce}`), JSON.stringify(breaker));
    expect(await lock(async () => "done", { deadlineMs: 5_000, silentMs: 60_000 })).toBe("done");
    expect(await readdir(folder.root)).toEqual([]);
  });

  it("leaves nothing of one who died after they had taken it over", async () => {
    const dead = { ...(await ownTicket()), pid: await deadPid() };
    await writeFile(folder.path(`${LOCK}.${"1".repeat(16)}`), JSON.stringify(dead));
    expect(await lock(async () => "done")).toBe("done");
    expect(await readdir(folder.root)).toEqual([]);
  });

  it("is not taken from its next holder by one who saw the dead one before", async () => {
    const ours = await ownTicket();
    const dead = { ...ours, pid: await deadPid(), nonce: "1".repeat(16) };
    const next = { ...ours, nonce: "2".repeat(16) };
    const taking = folder.path(`${LOCK}.${dead.nonce}`);
    await writeFile(folder.path(LOCK), JSON.stringify(dead));
    await writeFile(taking, JSON.stringify({ ...ours, nonce: "3".repeat(16) }));
    const waiting = lock(async () => "taken", { deadlineMs: 600, silentMs: 60_000 });
    await sleep(100);
    await writeFile(folder.path(LOCK), JSON.stringify(next));
    await rm(taking);
    await expect(waiting).rejects.toMatchObject({ code: "timeout" });
    expect(JSON.parse(await readFile(folder.path(LOCK), "utf8"))).toEqual(next);
  });

  it("is not taken from a process that lives, and the wait has an end and a sentence", async () => {
    const holder = start(HOLD, folder.root);
    expect(await holder.line()).toBe("held");
    const waiting = lock(async () => "done", QUICK);
    await expect(waiting).rejects.toMatchObject({
      code: "timeout",
      retryable: true,
      message: expect.stringContaining(`process ${holder.process.pid}`),
      hint: expect.stringContaining(LOCK),
    });
    expect(await readdir(folder.root)).toEqual([LOCK]);
  });

  it("is taken from a process whose id another one has now", async () => {
    const ours = await ownTicket();
    await writeFile(folder.path(LOCK), JSON.stringify({ ...ours, started: "1" }));
    expect(await lock(async () => "done", { deadlineMs: 5_000, silentMs: 60_000 })).toBe("done");
  });

  const silent: readonly [string, (ours: Ticket) => string][] = [
    ["of another machine", (ours) => JSON.stringify({ ...ours, host: "elsewhere" })],
    ["that says nothing", () => ""],
    ["that leads into another folder", (ours) => JSON.stringify({ ...ours, nonce: "../../x" })],
  ];
  it.for(silent)("%s is taken over when it showed no life for long", async ([, text]) => {
    await writeFile(folder.path(LOCK), text(await ownTicket()));
    await expect(
      lock(async () => "done", { deadlineMs: 60, silentMs: 60_000 }),
    ).rejects.toMatchObject({ code: "timeout" });
    expect(await lock(async () => "done", { deadlineMs: 5_000, silentMs: 30 })).toBe("done");
  });

  it("shows life while it is held, so that another machine waits", async () => {
    const ours = await ownTicket();
    const stays = lock(
      async () => {
        // As another machine sees us: it cannot ask for our process.
        const path = folder.path(LOCK);
        await writeFile(path, JSON.stringify({ ...ours, host: "elsewhere" }));
        const waiting = lock(async () => "taken", { deadlineMs: 2_000, silentMs: 1_500 });
        await expect(waiting).rejects.toMatchObject({ code: "timeout" });
      },
      { deadlineMs: 400, silentMs: 300 },
    );
    await stays;
  });

  it("tells its holder when it was lost", async () => {
    const place = { repository: layoutAt("app"), folder: folder.root };
    const work = withLock({ place, timing: QUICK, givenUp: () => false }, async (held) => {
      await held();
      await writeFile(
        folder.path(LOCK),
        JSON.stringify({ ...(await ownTicket()), nonce: "3".repeat(16) }),
      );
      await held();
    });
    await expect(work).rejects.toMatchObject({ code: "conflict", retryable: true });
    expect(await readdir(folder.root)).toEqual([LOCK]);
  });

  it("does not keep a write that was interrupted", async () => {
    const built = image();
    const repository = folder.open(".");
    await push(repository, built, ["v1"]);
    const holder = start(HOLD, folder.root);
    expect(await holder.line()).toBe("held");
    const abort = new AbortController();
    const { digest, mediaType, bytes } = built;
    const manifest = { digest: digestOfBuilt({ digest }), mediaType, bytes };
    const write = { tag: "v2", expect: undefined };
    const putting = repository.putManifest(manifest, [write], abort.signal);
    setTimeout(() => abort.abort(), 30);
    await expect(putting).rejects.toMatchObject({ code: "interrupted" });
    await holder.kill();
    expect((await repository.tags(never)).tags).toEqual(["v1"]);
  });

  it("is waited for no longer than anybody wants it", async () => {
    const holder = start(HOLD, folder.root);
    expect(await holder.line()).toBe("held");
    const place = { repository: layoutAt("app"), folder: folder.root };
    const request = { place, timing: LOCK_TIMING, givenUp: () => true };
    await expect(withLock(request, async () => "done")).rejects.toMatchObject({
      code: "interrupted",
    });
  });

  async function deadPid(): Promise<number> {
    const child = start(HOLD, folder.path("."));
    await child.line();
    await child.kill();
    const { pid } = JSON.parse(await readFile(folder.path(LOCK), "utf8"));
    return pid;
  }
});

interface Ticket {
  readonly nonce: string;
  readonly host: string;
  readonly pid: number;
  readonly started: string;
}

/** What the lock says while this process holds it. */
async function ownTicket(): Promise<Ticket> {
  const other = await makeFolder();
  try {
    const place = { repository: layoutAt("app"), folder: other.root };
    const request = { place, timing: LOCK_TIMING, givenUp: () => false };
    return await withLock(request, async () =>
      JSON.parse(await readFile(join(other.root, LOCK), "utf8")),
    );
  } finally {
    await other[Symbol.asyncDispose]();
  }
}
