import { describe, expect, it } from "vitest";
import { Lanes, type Lane } from "../../../../src/stores/registry/limits/lanes.ts";

/** Jobs that are held until they are let go. */
function jobs(lanes: Lanes, lane: Lane) {
  const held: (() => void)[] = [];
  const started: number[] = [];
  return {
    started,
    add(count: number): void {
      for (let index = 0; index < count; index += 1)
        lanes.add(lane, () => {
          started.push(index);
          return new Promise((resolve) => {
            held.push(resolve);
          });
        });
    },
    get running(): number {
      return held.length;
    },
    async finish(count: number): Promise<void> {
      for (const letGo of held.splice(0, count)) letGo();
      await settle();
    },
  };
}

/** Lets what is ready run. */
function settle(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 1);
  });
}

function zero(): number {
  return 0;
}

describe("the lanes of a host", () => {
  it("are bounded each, in the order of asking, and no blob waits behind metadata", async () => {
    const lanes = new Lanes(4, zero);
    const metadata = jobs(lanes, "metadata");
    const reads = jobs(lanes, "reads");
    metadata.add(10);
    reads.add(10);
    await settle();
    expect([metadata.running, reads.running]).toEqual([4, 3]);
    await metadata.finish(4);
    await metadata.finish(4);
    await metadata.finish(4);
    expect(metadata.started).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(reads.running).toBe(3);
  });

  it("leave at least one place, and a connection for a write where reads take all they may", () => {
    for (const most of [1, 2, 3, 16]) {
      const lanes = new Lanes(most, zero);
      const reads = jobs(lanes, "reads");
      reads.add(100);
      expect(reads.running).toBeGreaterThan(0);
      expect(reads.running).toBeLessThan(Math.max(2, most));
    }
  });

  it("halve once for a burst of refusals, and again for the next one", async () => {
    let now = 10;
    const lanes = new Lanes(16, () => now);
    const metadata = jobs(lanes, "metadata");
    metadata.add(1000);
    await settle();
    for (let index = 0; index < 16; index += 1) lanes.halve(5);
    await metadata.finish(16);
    expect(metadata.running).toBe(8);
    now = 20;
    lanes.halve(15);
    await metadata.finish(8);
    expect(metadata.running).toBe(4);
  });

  it("never halve to nothing, and grow back by one after two rounds that went well", async () => {
    const lanes = new Lanes(4, zero);
    const metadata = jobs(lanes, "metadata");
    metadata.add(1000);
    await settle();
    for (let index = 0; index < 10; index += 1) lanes.halve(Infinity);
    await metadata.finish(4);
    expect(metadata.running).toBe(1);
    for (let index = 0; index < 2; index += 1) lanes.answeredWell("metadata");
    await settle();
    expect(metadata.running).toBe(2);
    for (let index = 0; index < 100; index += 1) lanes.answeredWell("metadata");
    await settle();
    expect(metadata.running).toBe(4);
  });

  it("keep their order over many thousands", async () => {
    const lanes = new Lanes(1, zero);
    const seen: number[] = [];
    for (let index = 0; index < 5_000; index += 1)
      lanes.add("writes", () => {
        seen.push(index);
        return Promise.resolve();
      });
    await settle();
    expect(seen).toEqual(Array.from({ length: 5_000 }, (_, index) => index));
  });

  it("forget what waits when they are cleared", async () => {
    const lanes = new Lanes(1, zero);
    const metadata = jobs(lanes, "metadata");
    metadata.add(3);
    await settle();
    lanes.clear();
    await metadata.finish(1);
    expect(metadata.started).toEqual([0]);
    metadata.add(1);
    await settle();
    expect(metadata.running).toBe(1);
  });
});
