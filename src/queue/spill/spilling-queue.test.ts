import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, onTestFinished, test, vi } from "vitest";
import { calm } from "../../../test/support/cut-off.ts";
import {
  apart,
  aWorld,
  away,
  none,
  shardOfMessage,
  textOfMessage,
} from "../../../test/support/spill-world.ts";
import { ClosedError, EventsRefusedError } from "../../errors.ts";
import type { Message } from "../../event/message.ts";
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

  test("what is kept after a time in which nothing came is forwarded before one looks anyhow", async () => {
    const { open, engine, trouble, reads } = await aWorld();
    const queue = await open();
    await eventually(() => expect(reads()).toBe(1));
    await sleep(200);
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

describe("while more and more comes for an engine that is back and slow", () => {
  /** A message of one state every 5 ms, until the test ends it; their texts. */
  function constantly(queue: QueueDriver): { readonly end: () => Promise<readonly string[]> } {
    const sent: string[] = [];
    const under: Promise<void>[] = [];
    const timer = setInterval(() => {
      const one = messages(`message ${sent.length}`, 1);
      sent.push(...one.map(textOfMessage));
      under.push(queue.send(one));
    }, 5);
    const end = async (): Promise<readonly string[]> => {
      clearInterval(timer);
      await Promise.all(under);
      return sent;
    };
    onTestFinished(() => clearInterval(timer));
    return { end };
  }

  test("nothing is kept any more soon, and all of it is in order", async () => {
    const { open, engine, trouble, slow, log } = await aWorld();
    const queue = await open();
    trouble(away);
    const sending = constantly(queue);
    await eventually(() => expect(log.facts()).toEqual(["queue.spilling"]));
    slow(200);

    trouble(none);

    await eventually(() => expect(log.facts()).toEqual(["queue.spilling", "queue.spill_forwarded"]));
    expect(await queue.depth()).toMatchObject({ spilled: 0 });
    const sent = await sending.end();
    expect(textsOf(await collect(engine, sent.length))).toEqual(sent);
  });

  interface Rest {
    /** How long the engine needs for each list after the first, in ms. */
    readonly restMs: number;
    readonly rest?: readonly Message[];
  }

  /** Some are kept: the engine has taken one of them, and is about to take the next. */
  async function almostOver({ restMs, rest = messages("second", 1) }: Rest) {
    const world = await aWorld();
    const queue = await world.open();
    world.trouble(away);
    await queue.send(messages("first", 1));
    world.slow(100);
    world.trouble(none);
    world.sends.length = 0;
    await eventually(() => expect(world.sends).toEqual([["first 0"]]));
    world.slow(restMs);
    await queue.send(rest);
    await eventually(() => expect(world.sends).toHaveLength(2));
    return { ...world, queue };
  }

  test("what comes before the last of it is taken is not kept, but goes behind it", async () => {
    const { queue, engine } = await almostOver({ restMs: 300 });

    await queue.send(messages("third", 1));

    expect(await queue.depth()).toMatchObject({ messages: 3, spilled: 0 });
    expect(textsOf(await collect(engine, 3))).toEqual(["first 0", "second 0", "third 0"]);
  });

  test("what comes before the last of it is taken is kept as soon as the engine is lost", async () => {
    const { queue, engine, trouble } = await almostOver({ restMs: 300 });
    const third = timed(() => queue.send(messages("third", 1)));
    trouble(away);

    expect(await third).toBeLessThan(1_500);

    expect(await queue.depth()).toMatchObject({ spilled: 2 });
    trouble(none);
    expect(textsOf(await collect(engine, 3))).toEqual(["first 0", "second 0", "third 0"]);
  });

  test("what comes before the last of it is taken is kept after 3 s, so that its sender hears of it in time", async () => {
    const { queue, engine, slow } = await almostOver({ restMs: 4_500 });
    slow(0);

    const tookMs = await timed(() => queue.send(messages("third", 1)));

    expect([tookMs > 2_900, tookMs < 4_000]).toEqual([true, true]);
    expect(await queue.depth()).toMatchObject({ spilled: 2 });
    expect(textsOf(await collect(engine, 3))).toEqual(["first 0", "second 0", "third 0"]);
  });

  test("what comes before the last of it is taken hears soon of a disk that cannot be read", async () => {
    const { queue, disk } = await almostOver({ restMs: 300 });
    disk("damaged");

    const tookMs = await timed(() => expect(queue.send(messages("third", 1))).rejects.toThrow("damaged"));

    expect(tookMs).toBeLessThan(1_500);
  });

  test("while there is still much, what comes is kept at once", async () => {
    const { queue, slow, sends } = await almostOver({ restMs: 2_500, rest: apart("much", 600) });
    const whileMuch = await timed(() => queue.send(messages("third", 1)));
    await eventually(() => expect(sends.at(-1)).toHaveLength(101));
    const behind = await timed(() => queue.send(messages("fourth", 1)));

    expect(Math.max(whileMuch, behind)).toBeLessThan(2_000);
    slow(0);
  });

  test("nobody waits for a queue that is closed", async () => {
    const { queue } = await almostOver({ restMs: 300 });
    const third = timed(() => expect(queue.send(messages("third", 1))).rejects.toThrow(ClosedError));

    await queue.close();

    expect(await third).toBeLessThan(1_500);
  });
});

/** How long this takes, in ms. */
async function timed(act: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await act();
  return performance.now() - start;
}

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

test("an engine that takes everything is enough, also while the disk does nothing", async () => {
  const { open, disk } = await aWorld();
  const queue = await open();
  disk("damaged");

  await queue.send(messages("message", 3));

  expect(await queue.depth()).toMatchObject({ messages: 3, spilled: 0 });
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
