import { execFileSync } from "node:child_process";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openJournal, type Accepted } from "../../src/bot/journal.ts";
import { stateFolder } from "./running-bot.ts";

let state: ReturnType<typeof stateFolder>;
beforeEach(() => {
  state = stateFolder();
});
afterEach(() => state[Symbol.dispose]());

function delivery(id: string): Accepted {
  return { id, at: 1_000, hints: [{ kind: "pushed", repository: "acme/promotions" }] };
}

function file(): string {
  return join(state.path, "journal.ndjson");
}

describe("the journal of deliveries", () => {
  it("threat 10: knows after a restart what waits, and what was done", async () => {
    const first = await openJournal(state.path);
    await Promise.all(["a", "b", "c"].map((id) => first.accept(delivery(id))));
    await first.finish(["b"]);
    await first.close();
    const second = await openJournal(state.path);
    expect([...second.pending.keys()]).toEqual(["a", "c"]);
    expect(second.pending.get("a")).toEqual(delivery("a"));
    expect(await second.accept(delivery("b"))).toBe("again");
    expect(second.newest).toBe(1_000);
    await second.close();
  });

  it("knows it after a kill as well: nothing is left for a good end to write", async () => {
    const first = await openJournal(state.path);
    await first.accept(delivery("a"));
    const second = await openJournal(state.path);
    expect([...second.pending.keys()]).toEqual(["a"]);
    await Promise.all([first.close(), second.close()]);
  });

  it("takes again what failed for good, since a person may ask GitHub for it", async () => {
    const journal = await openJournal(state.path);
    await journal.accept(delivery("a"));
    await journal.finish(["a"], "forget");
    expect(await journal.accept(delivery("a"))).toBe("accepted");
    await journal.close();
  });

  it("is full at its cap, and has room when something is done", async () => {
    const journal = await openJournal(state.path, { pending: 1, seen: 10 });
    expect(await journal.accept(delivery("a"))).toBe("accepted");
    expect(await journal.accept(delivery("b"))).toBe("full");
    await journal.finish(["a"]);
    expect(await journal.accept(delivery("b"))).toBe("accepted");
    await journal.close();
  });

  it("remembers so many that are done, and its file does not grow with those that came before", async () => {
    const first = await openJournal(state.path, { pending: 10, seen: 3 });
    for (let n = 1; n <= 50; n += 1) {
      await first.accept(delivery(`d${n}`));
      await first.finish([`d${n}`]);
    }
    await first.close();
    const long = statSync(file()).size;
    const second = await openJournal(state.path, { pending: 10, seen: 3 });
    expect(statSync(file()).size).toBeLessThan(long / 10);
    expect(["d47", "d48", "d50"].map((id) => second.has(id))).toEqual([false, true, true]);
    await second.close();
  });

  it("is nobody else's to read", async () => {
    const journal = await openJournal(state.path);
    await journal.close();
    expect(statSync(file()).mode & 0o777).toBe(0o600);
  });

  it("loses nothing that was answered, wherever a kill cut the file", async () => {
    const journal = await openJournal(state.path);
    const sizes: { readonly size: number; readonly waits: readonly string[] }[] = [];
    for (const [id, done] of [["a"], ["b"], ["c", "a"], ["d", "c"], ["e"]]) {
      await journal.accept(delivery(id ?? ""));
      if (done !== undefined) await journal.finish([done]);
      sizes.push({ size: statSync(file()).size, waits: [...journal.pending.keys()] });
    }
    await journal.close();
    const bytes = readFileSync(file());
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: bytes.length }), async (cut) => {
        using other = stateFolder();
        writeFileSync(join(other.path, "journal.ndjson"), bytes.subarray(0, cut));
        const again = await openJournal(other.path);
        const whole = sizes.filter(({ size }) => size <= cut).at(-1);
        const finished = ["a", "c"];
        const lost = (whole?.waits ?? []).filter(
          (id) => !again.pending.has(id) && !finished.includes(id),
        );
        expect(lost).toEqual([]);
        await again.close();
      }),
      { numRuns: 40 },
    );
  });

  it("says so where the disk takes no more, and keeps all that it had said yes to", async () => {
    const source = `
      import { openJournal } from ${JSON.stringify(new URL("../../src/bot/journal.ts", import.meta.url).href)};
      const journal = await openJournal(${JSON.stringify(state.path)});
      const hints = [{ kind: "pushed", repository: "acme/promotions" }];
      const told = { taken: [], refused: [] };
      for (let n = 0; n < 300; n += 1) {
        const three = ["a", "b", "c"].map(async (part) => {
          const id = part + n;
          try { await journal.accept({ id, at: n, hints }); told.taken.push(id); }
          catch (error) { told.refused.push(id); }
        });
        await Promise.all(three);
      }
      process.stdout.write(JSON.stringify(told));`;
    // No file of the process may be larger than 16 blocks, as on a disk that is full.
    const run = `ulimit -f 16; exec "$0" --input-type=module -e "$1"`;
    const out = execFileSync("sh", ["-c", run, process.execPath, source], { encoding: "utf8" });
    const told: { readonly taken: string[]; readonly refused: string[] } = JSON.parse(out);
    expect(told.taken.length).toBeGreaterThan(20);
    expect(told.refused.length).toBeGreaterThan(20);
    const again = await openJournal(state.path);
    expect(told.taken.filter((id) => !again.has(id))).toEqual([]);
    await again.close();
  });

  it("leaves out a line that is none of ours, and keeps the rest", async () => {
    const first = await openJournal(state.path);
    await first.accept(delivery("a"));
    await first.close();
    writeFileSync(file(), `nonsense\n{"do":"?"}\n${readFileSync(file(), "utf8")}`);
    const second = await openJournal(state.path);
    expect([...second.pending.keys()]).toEqual(["a"]);
    await second.close();
  });
});
