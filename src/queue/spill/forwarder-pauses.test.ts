import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EventsRefusedError, EventTooLargeError, QueueUnavailableError } from "../../errors.ts";
import { encodeMessage } from "../../event/message.ts";
import { sleep } from "../../lib/async/sleep.ts";
import { messageOf, textOf } from "../../testing/queue-driver/harness.ts";
import { chaosQueue } from "../../testing/chaos.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { memoryQueue } from "../drivers/memory/queue.ts";
import { Forwarder } from "./forwarder.ts";
import { Line } from "./line.ts";
import type { SpillRow } from "./store.ts";

const minutes = 60_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** What waits is in memory; the disk fails in what it is told to. */
function aForwarder(...failing: readonly ("adopt" | "read" | "remove" | "send" | "store")[]) {
  const fails = new Set(failing);
  const { log, facts } = recordedLog();
  let [adoptions, removals, tries] = [0, 0, 0];
  let onEmpty = (): void => undefined;
  const engine = memoryQueue();
  const line = new Line(1, false);
  let rows: SpillRow[] = [];
  let [ids, readMs, reads, found] = [0, 0, 0, 0];
  const trouble = new QueueUnavailableError("trouble");
  const forwarder = new Forwarder({
    engine: {
      ...chaosQueue(engine, { random: () => 0 }),
      send: async (messages) => {
        tries += 1;
        if (fails.has("store")) throw new EventsRefusedError("full", [0], { takesNothing: true });
        if (fails.has("send")) throw new EventTooLargeError("too large", [0]);
        await engine.send(messages);
      },
    },
    line,
    log,
    onEmpty: () => onEmpty(),
    slot: {
      add: async () => undefined,
      next: async ({ sent, without }) => {
        reads += 1;
        if (fails.has("read")) throw trouble;
        if (readMs > 0) await sleep(readMs);
        return rows.filter(({ id, lane }) => !sent.includes(id) && !without.includes(lane));
      },
      remove: async (ids) => {
        removals += 1;
        if (fails.has("remove")) throw trouble;
        rows = rows.filter(({ id }) => !ids.includes(id));
      },
      depth: async () => ({ messages: rows.length, oldestAgeMs: 0, newestAt: 0 }),
      adopt: async () => {
        adoptions += 1;
        if (fails.has("adopt")) throw trouble;
        return found;
      },
      close: async () => undefined,
    },
  });
  return {
    forwarder,
    /** From now on this does not fail. */
    heal: (what: (typeof failing)[number]) => fails.delete(what),
    /** From now on this fails. */
    hurt: (what: (typeof failing)[number]) => fails.add(what),
    /** From now on each read of the disk takes so long. */
    readsTake: (ms: number): void => void (readMs = ms),
    /** From now on so many are found that dead processes left. */
    finds: (count: number): void => void (found = count),
    facts,
    reads: () => reads,
    tries: () => tries,
    removals: () => removals,
    sent: async () => (await engine.depth()).messages,
    /** Once, when nothing waits. */
    onEmpty: (act: () => void): void => {
      onEmpty = () => {
        onEmpty = () => undefined;
        act();
      };
    },
    adoptions: () => adoptions,
    isHeldBack: () => line.heldBack !== undefined,
    mustWait: () => line.mustWait(0, "a"),
    left: () => rows.length,
    put: (text: string): void => {
      line.enter([0]);
      rows.push({ id: (ids += 1), shard: 0, lane: "a", at: 0, message: encodeMessage(messageOf(text)) });
      forwarder.wake();
    },
    got: async () => {
      await engine.own([0]);
      return (await engine.receive(100, AbortSignal.timeout(1_000))).map(textOf);
    },
  };
}

test("what a dead process left and nobody can read makes nobody wait", async () => {
  const { forwarder, put, got } = aForwarder("adopt");
  await vi.advanceTimersByTimeAsync(5 * minutes + 50);

  put("a");
  await vi.advanceTimersByTimeAsync(10);

  expect(await got()).toEqual(["a"]);
  await forwarder.stop();
});

test("what was forwarded and cannot be removed makes nobody wait", async () => {
  const { forwarder, put, got } = aForwarder("remove");
  put("first");
  await vi.advanceTimersByTimeAsync(2 * minutes);
  expect(await got()).toEqual(["first"]);

  for (let event = 0; event < 20; event += 1) {
    put(`event ${event}`);
    await vi.advanceTimersByTimeAsync(10);
    expect(await got()).toEqual([`event ${event}`]);
    await vi.advanceTimersByTimeAsync(700);
  }

  await forwarder.stop();
});

test("what was forwarded and could not be removed is removed soon after the disk does it again", async () => {
  const { forwarder, put, heal, left } = aForwarder("remove");
  put("first");
  await vi.advanceTimersByTimeAsync(2 * minutes);
  expect(left()).toBe(1);

  heal("remove");
  await vi.advanceTimersByTimeAsync(5_000);

  expect(left()).toBe(0);
  await forwarder.stop();
});

test("what dead processes left is looked for every ten seconds, whether something comes or not", async () => {
  const { forwarder, put, adoptions } = aForwarder();

  await vi.advanceTimersByTimeAsync(25_000);
  const idle = adoptions();
  for (let second = 0; second < 25; second += 1) {
    put(`event ${second}`);
    await vi.advanceTimersByTimeAsync(1_000);
  }

  expect([idle, adoptions()]).toEqual([2, 5]);
  await forwarder.stop();
});

test("what was refused is tried again when its time has come, and once it is taken nobody waits behind it", async () => {
  const { forwarder, put, got, heal, mustWait } = aForwarder("send");
  // Not at a time at which the forwarder looks anyway.
  await vi.advanceTimersByTimeAsync(3_000);
  put("large");
  await vi.advanceTimersByTimeAsync(1_000);
  expect(mustWait()).toBe(true);

  heal("send");
  await vi.advanceTimersByTimeAsync(9_100);

  expect(await got()).toEqual(["large"]);
  expect(mustWait()).toBe(false);
  await forwarder.stop();
});

test("what was forwarded is removed once", async () => {
  const { forwarder, put, removals } = aForwarder();
  put("a");

  await vi.advanceTimersByTimeAsync(25_000);

  expect(removals()).toBe(1);
  await forwarder.stop();
});

test("of very much that was forwarded and cannot be removed no more is made, until it can", async () => {
  const { forwarder, put, sent, heal } = aForwarder("remove");
  for (let count = 0; count < 10_001; count += 1) put("early");
  await vi.advanceTimersByTimeAsync(1_000);

  put("late");
  await vi.advanceTimersByTimeAsync(60_000);

  expect(await sent()).toBe(10_001);
  heal("remove");
  await vi.advanceTimersByTimeAsync(5_000);
  expect(await sent()).toBe(10_002);
  await forwarder.stop();
});

test("who stops does not wait for a disk that cannot remove very much", async () => {
  const { forwarder, put, left } = aForwarder("remove");
  for (let count = 0; count < 10_001; count += 1) put("early");
  await vi.advanceTimersByTimeAsync(1_000);

  await forwarder.stop();

  expect(left()).toBe(10_001);
});

test("a disk works again when it does all that it did not do", async () => {
  const { forwarder, put, facts, heal } = aForwarder("adopt", "remove");
  put("a");
  await vi.advanceTimersByTimeAsync(15_000);

  heal("adopt");
  await vi.advanceTimersByTimeAsync(15_000);
  const half = facts();
  heal("remove");
  await vi.advanceTimersByTimeAsync(6_000);

  expect([half, facts()]).toEqual([["queue.spill_failed"], ["queue.spill_failed", "queue.spill_works"]]);
  await forwarder.stop();
});

test("that nothing waits any more is told at the stop, if not before", async () => {
  const { forwarder, put, onEmpty } = aForwarder();
  let told = 0;
  onEmpty(() => (told += 1));
  put("event");
  await vi.advanceTimersByTimeAsync(100);
  const before = told;

  await forwarder.stop();

  expect([before, told]).toEqual([0, 1]);
});

test("that nothing waits any more is not told at a stop while something waits", async () => {
  const { forwarder, put, onEmpty } = aForwarder("send");
  let told = 0;
  put("event");
  await vi.advanceTimersByTimeAsync(100);
  onEmpty(() => (told += 1));

  await forwarder.stop();

  expect(told).toBe(0);
});

test("that nothing waits any more is not told while something is held", async () => {
  const { forwarder, put, onEmpty, heal } = aForwarder("send");
  let told = 0;
  onEmpty(() => (told += 1));
  put("held");

  await vi.advanceTimersByTimeAsync(9_000);
  const whileHeld = told;
  heal("send");
  await vi.advanceTimersByTimeAsync(5_000);

  expect([whileHeld, told]).toEqual([0, 1]);
  await forwarder.stop();
});

test("that nothing waits any more is told a second after the last that waited, also if it was told before", async () => {
  const { forwarder, put, onEmpty, sent } = aForwarder();
  let told = 0;
  await vi.advanceTimersByTimeAsync(3_000);
  onEmpty(() => (told += 1));
  put("event");

  await vi.advanceTimersByTimeAsync(900);
  const soon = [await sent(), told];
  await vi.advanceTimersByTimeAsync(200);

  expect([soon, told]).toEqual([[1, 0], 1]);
  await forwarder.stop();
});

test("while nothing waits the disk is read no more often than dead processes' files are looked for", async () => {
  const { forwarder, put, reads } = aForwarder();
  put("event");
  await vi.advanceTimersByTimeAsync(5_000);
  const before = reads();

  await vi.advanceTimersByTimeAsync(30_000);

  expect(reads() - before).toBe(3);
  await forwarder.stop();
});

test.each([
  [0, false],
  [1, true],
])("if %i events of dead processes are found, what comes has to wait: %s", async (count, waits) => {
  const { forwarder, finds, readsTake, mustWait } = aForwarder();
  finds(count);
  readsTake(1_000);

  await vi.advanceTimersByTimeAsync(10_500);

  expect(mustWait()).toBe(waits);
  const stopped = forwarder.stop();
  await vi.advanceTimersByTimeAsync(1_000);
  await stopped;
});

test("what comes while it is told that nothing waits is forwarded at once", async () => {
  const { forwarder, put, got, onEmpty } = aForwarder();
  onEmpty(() => put("late"));

  await vi.advanceTimersByTimeAsync(1_100);

  expect(await got()).toEqual(["late"]);
  await forwarder.stop();
});

test("what is held is tried again in time, also if its time comes while the disk is read", async () => {
  const { forwarder, put, heal, left, readsTake } = aForwarder("send");
  await vi.advanceTimersByTimeAsync(5_000);
  put("held");
  await vi.advanceTimersByTimeAsync(9_980);
  heal("send");

  readsTake(100);
  forwarder.wake();
  await vi.advanceTimersByTimeAsync(500);

  expect(left()).toBe(0);
  await forwarder.stop();
});

test("what was forwarded and cannot be removed holds nobody back until the disk is read again", async () => {
  const { forwarder, put, sent, readsTake, isHeldBack } = aForwarder("remove");
  await vi.advanceTimersByTimeAsync(0);
  readsTake(5_000);
  put("a");
  await vi.advanceTimersByTimeAsync(5_100);

  expect([await sent(), isHeldBack()]).toEqual([1, false]);

  const stopped = forwarder.stop();
  await vi.advanceTimersByTimeAsync(5_000);
  await stopped;
});

test("a disk that cannot be read holds nobody back, and is asked ever more rarely", async () => {
  const { forwarder, put, sent, reads, readsTake, hurt, isHeldBack } = aForwarder();
  await vi.advanceTimersByTimeAsync(0);
  readsTake(100);
  put("a");
  await vi.advanceTimersByTimeAsync(50);

  hurt("read");
  await vi.advanceTimersByTimeAsync(100);

  expect([await sent(), isHeldBack()]).toEqual([1, false]);
  const before = reads();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(reads() - before).toBeLessThan(20);
  await forwarder.stop();
});

test("an engine that stores nothing of what it is sent is tried ever more rarely", async () => {
  const { forwarder, put, tries, left } = aForwarder("store");
  put("a");

  await vi.advanceTimersByTimeAsync(60_000);

  expect(left()).toBe(1);
  expect(tries()).toBeLessThan(20);
  await forwarder.stop();
});
