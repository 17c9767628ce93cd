import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { calm } from "../../../test/support/processing/cut-off.ts";
import {
  apart,
  aWorld,
  away,
  none,
  shardOfMessage,
  textOfMessage,
} from "../../../test/support/drivers/spill-world.ts";
import { ClosedError, EventsRefusedError, QueueUnavailableError } from "../../errors.ts";
import { silentLog } from "../../log.ts";
import { aMessage } from "../../testing/builders.ts";
import { chaosQueue } from "../../testing/chaos.ts";
import { eventually } from "../../testing/eventually.ts";
import { collect, messages, textsOf } from "../../testing/queue-driver/harness.ts";
import type { QueueDriver } from "../driver.ts";
import { takeSlot, type SpillSlot } from "./slot.ts";
import { SpillingQueue } from "./spilling-queue.ts";

afterEach(() => void vi.useRealTimers());

describe("while the engine is away", () => {
  test("messages are kept and counted, and forwarded in order of arrival when it is back", async () => {
    const { open, engine, trouble, log } = await aWorld();
    const queue = await open();
    await queue.send(messages("before", 1));
    trouble(away);
    await queue.send(messages("first", 2));
    await queue.send(messages("second", 1));
    expect(await queue.depth()).toMatchObject({ messages: 3, spilled: 3 });

    trouble(none);
    await queue.send(messages("behind", 1));

    const order = ["before 0", "first 0", "first 1", "second 0", "behind 0"];
    expect(textsOf(await collect(engine, 5))).toEqual(order);
    await eventually(async () => expect(await queue.depth()).toMatchObject({ messages: 5, spilled: 0 }));
    await eventually(() => expect(log.facts()).toEqual(["queue.spilling", "queue.spill_forwarded"]));
  });

  test("what waits survives the process, and goes before what comes after it", async () => {
    const { open, engine, trouble, log } = await aWorld();
    const first = await open();
    trouble(away);
    await first.send(messages("old", 2));
    await first.close();

    const again = await open();
    await again.send(messages("new", 1));
    trouble(none);

    expect(textsOf(await collect(engine, 3))).toEqual(["old 0", "old 1", "new 0"]);
    await eventually(() => expect(log.facts()).toEqual(["queue.spilling", "queue.spill_forwarded"]));
  });

  test("a single one that waits from before goes before what comes, though the engine takes all again", async () => {
    const { open, engine, trouble } = await aWorld();
    const first = await open();
    trouble(away);
    await first.send(messages("old", 1));
    await first.close();
    trouble(none);

    const again = await open();
    await again.send(messages("new", 1));

    expect(textsOf(await collect(engine, 2))).toEqual(["old 0", "new 0"]);
  });

  test("what is kept after a time in which nothing came is forwarded before one looks anyhow", async () => {
    const { open, engine, trouble, reads } = await aWorld();
    const queue = await open();
    await eventually(() => expect(reads()).toBe(1));
    // By then it has looked whether still nothing waits.
    await sleep(1_500);
    trouble(away);
    await queue.send(messages("kept", 1));

    trouble(none);

    expect(textsOf(await collect(engine, 1, { withinMs: 5_000 }))).toEqual(["kept 0"]);
  });

  test("not each message has to find that out", async () => {
    const { open, trouble, sends } = await aWorld();
    const queue = await open();
    trouble(away);
    await queue.send([aMessage()]);
    const tried = sends.length;

    for (let count = 0; count < 50; count += 1) await queue.send([aMessage()]);

    expect(sends.length - tried).toBeLessThan(10);
    expect(await queue.depth()).toMatchObject({ spilled: 51 });
  });
});

test("what comes while something is being written down waits behind it, also if the engine takes it by then", async () => {
  const { folder, engine } = await aWorld();
  const slot = await takeSlot(folder);
  const [begun, written] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const add: SpillSlot["add"] = async (...args) => {
    begun.resolve();
    await written.promise;
    return slot.add(...args);
  };
  let isFull = true;
  const send: QueueDriver["send"] = async (batch) => {
    if (isFull) throw new EventsRefusedError("full", [...batch.keys()]);
    return engine.send(batch);
  };
  const driver = { ...chaosQueue(engine, calm), send, close: async () => undefined };
  const queue = await SpillingQueue.open({ engine: driver, slot: { ...slot, add }, log: silentLog });
  onTestFinished(() => queue.close());

  const first = queue.send(messages("first", 1));
  await begun.promise;
  isFull = false;
  const second = queue.send(messages("second", 1));
  written.resolve();
  await Promise.all([first, second]);

  expect(textsOf(await collect(engine, 2))).toEqual(["first 0", "second 0"]);
});

describe("who asks whether it is ready", () => {
  test("hears in time of what is here, also while the engine hangs", async () => {
    const { open, trouble, hang } = await aWorld();
    const queue = await open();
    trouble(away);
    await queue.send(messages("kept", 2));
    hang();
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });

    const depth = queue.depth();
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();

    expect(await depth).toMatchObject({ messages: 2, spilled: 2 });
  });

  test("hears that the engine is away, also before anything is kept", async () => {
    const { open, trouble } = await aWorld();
    const queue = await open();
    expect(await queue.depth()).toMatchObject({ isAway: false });

    trouble(away);

    expect(await queue.depth()).toMatchObject({ messages: 0, spilled: 0, isAway: true });
  });

  test("hears that there may be more if the engine does not tell all", async () => {
    const { open, engine } = await aWorld();
    const queue = await open();
    vi.spyOn(engine, "depth").mockResolvedValue({ messages: 3, oldestAgeMs: 0, isAway: true });

    expect(await queue.depth()).toMatchObject({ messages: 3, spilled: 0, isAway: true });
  });

  test("hears that it is not while neither the engine nor the disk counts", async () => {
    const { open, trouble, disk } = await aWorld();
    const queue = await open();
    trouble(away);
    disk("damaged");

    await expect(queue.depth()).rejects.toThrow("damaged");
  });

  test("hears that it is not while neither the engine nor the disk takes anything", async () => {
    const { open, trouble, disk } = await aWorld();
    const queue = await open();
    trouble(away);
    disk("full");
    await expect(queue.send(messages("refused", 1))).rejects.toThrow("full");

    await expect(queue.depth()).rejects.toThrow("full");

    disk(undefined);
    await queue.send(messages("kept", 1));
    expect(await queue.depth()).toMatchObject({ messages: 1, spilled: 1 });
  });

  test("hears that it is as soon as the engine answers, and otherwise after a while, since only what comes can tell", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { open, trouble, disk } = await aWorld();
    const queue = await open();
    trouble(away);
    disk("full");
    await expect(queue.send(messages("refused", 1))).rejects.toThrow("full");
    vi.advanceTimersByTime(4_999);
    await expect(queue.depth()).rejects.toThrow("full");

    trouble(none);
    expect(await queue.depth()).toMatchObject({ messages: 0, isAway: false });
    trouble(away);
    vi.advanceTimersByTime(1);

    expect(await queue.depth()).toMatchObject({ messages: 0, isAway: true });
  });

  test("hears of the oldest, wherever it waits", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const { open, trouble } = await aWorld();
    const queue = await open();
    const [there, here] = [3, 4].map((shard) =>
      apart("event", 200).filter((message) => shardOfMessage(message) === shard),
    );
    await queue.send(there ?? []);
    vi.advanceTimersByTime(60_000);
    trouble((message) => (shardOfMessage(message) === 4 ? "full" : undefined));

    await queue.send(here ?? []);

    expect(await queue.depth()).toMatchObject({ spilled: here?.length, oldestAgeMs: 60_000 });
  });
});

test("that something is kept is told once, until all of it is forwarded", async () => {
  const { open, trouble, log } = await aWorld();
  const queue = await open();
  trouble(() => "full");

  for (const shard of [3, 4])
    await queue.send(apart("event", 200).filter((message) => shardOfMessage(message) === shard));

  expect(log.facts().filter((fact) => fact === "queue.spilling")).toHaveLength(1);
});

test("an engine that is lost again and again is told once, until it has taken everything for a while", async () => {
  const { open, trouble, got, log } = await aWorld();
  const queue = await open();

  for (let loss = 0; loss < 5; loss += 1) {
    trouble(away);
    await queue.send(messages("kept", 1));
    trouble(none);
    await got(1);
    await eventually(async () => expect(await queue.depth()).toMatchObject({ spilled: 0 }));
  }

  await eventually(() => expect(log.facts()).toEqual(["queue.spilling", "queue.spill_forwarded"]));
});

test("an engine that takes everything is enough, also while the disk does nothing", async () => {
  const { open, disk } = await aWorld();
  const queue = await open();
  disk("damaged");

  await queue.send(messages("message", 3));

  expect(await queue.depth()).toMatchObject({ messages: 3, spilled: 0 });
});

test("of what the engine takes in part only the rest is kept", async () => {
  const { open, trouble } = await aWorld();
  const queue = await open();
  trouble((message) => (textOfMessage(message) === "event 1" ? "full" : undefined));

  await queue.send(apart("event", 3));

  expect(await queue.depth()).toMatchObject({ messages: 3, spilled: 1 });
});

test("with an engine that takes everything nothing is kept", async () => {
  const { open, engine, log } = await aWorld();
  const queue = await open();

  await queue.send(messages("message", 3));

  expect(textsOf(await collect(engine, 3))).toEqual(["message 0", "message 1", "message 2"]);
  expect(log.facts()).toEqual([]);
});

test("its file is closed, so that the next process has it, also if the engine fails to close", async () => {
  const { engine, folder, log } = await aWorld();
  const slot = await takeSlot(folder, log.log);
  const failing = { ...chaosQueue(engine, calm), close: () => Promise.reject(new Error("no answer")) };
  const queue = await SpillingQueue.open({ engine: failing, slot, log: log.log });

  await expect(queue.close()).rejects.toThrow("no answer");

  await expect(slot.depth()).rejects.toThrow(ClosedError);
});

test("what the engine does not take since the queue is being closed is not kept: its sender is told", async () => {
  const { engine, folder, log } = await aWorld();
  const slot = await takeSlot(folder, log.log);
  const sending = Promise.withResolvers<void>();
  const hanging = { ...chaosQueue(engine, calm), send: () => sending.promise };
  const queue = await SpillingQueue.open({ engine: hanging, slot, log: log.log });
  const sent = queue.send(messages("late", 1));

  const closed = queue.close();
  sending.reject(new QueueUnavailableError("the connection is gone"));

  await expect(sent).rejects.toThrow(ClosedError);
  await closed;
  expect(log.facts()).toEqual([]);
});
