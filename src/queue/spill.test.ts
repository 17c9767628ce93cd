import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { QueueUnavailableError } from "../errors.ts";
import { chaosQueue } from "../testing/chaos.ts";
import { collect, messages, textOf, textsOf } from "../testing/queue-driver/harness.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import type { QueueDriver } from "./driver.ts";
import { openMemoryQueue } from "./drivers/memory/queue.ts";
import { MemoryQueueStore } from "./drivers/memory/store.ts";
import { SpillingQueue } from "./spill.ts";

const calm = { random: (): number => 0 };

/** An engine that can be away or refuse a text, and a store; both outlive the queue over them. */
async function aSpillingQueue() {
  const [engineStore, spillStore] = [new MemoryQueueStore(), new MemoryQueueStore()];
  const engine = openMemoryQueue(engineStore);
  let isAway = false;
  let refused: string | undefined;
  const troubled: QueueDriver = {
    ...chaosQueue(engine, calm),
    // So that it can be opened again, as a server can.
    close: () => Promise.resolve(),
    send: async (batch) => {
      if (isAway) throw new QueueUnavailableError("away");
      if (batch.some(({ body }) => Buffer.from(body).toString() === refused))
        throw new QueueUnavailableError("too large");
      await engine.send(batch);
    },
    depth: () => (isAway ? Promise.reject(new QueueUnavailableError("away")) : engine.depth()),
  };
  const log = recordedLog();
  let newer: string | undefined;
  const open = () => {
    const store = openMemoryQueue(spillStore);
    const reading: QueueDriver = {
      ...chaosQueue(store, calm),
      receive: async (max, signal) => {
        const deliveries = await store.receive(max, signal);
        return deliveries.map((one) =>
          textOf(one) === newer ? { ...one, message: new RangeError("newer") } : one,
        );
      },
    };
    return SpillingQueue.open({ engine: troubled, store: reading, log: log.log });
  };
  return {
    engine,
    open,
    queue: await open(),
    log,
    away: (is: boolean) => void (isAway = is),
    refuse: (text: string | undefined) => void (refused = text),
    unreadable: (text: string) => void (newer = text),
  };
}

describe("while the engine is away", () => {
  test("messages are kept and counted, and forwarded in order of arrival when it is back", async () => {
    const { queue, engine, away, log } = await aSpillingQueue();
    await queue.send(messages("before", 1));
    away(true);
    await queue.send(messages("first", 2));
    await queue.send(messages("second", 1));
    expect(await queue.depth()).toMatchObject({ messages: 3, spilled: 3 });

    away(false);
    await queue.send(messages("behind", 1));

    const order = ["before 0", "first 0", "first 1", "second 0", "behind 0"];
    expect(textsOf(await collect(engine, 5))).toEqual(order);
    await vi.waitFor(async () => expect(await queue.depth()).toMatchObject({ messages: 5, spilled: 0 }));
    expect(log.facts()).toEqual(["queue.spilling", "queue.spill_forwarded"]);
    await queue.close();
  });

  test("what waits survives the process, and goes before what comes after it", async () => {
    const { queue, engine, away, open } = await aSpillingQueue();
    away(true);
    await queue.send(messages("old", 2));
    await queue.close();

    const again = await open();
    await again.send(messages("new", 1));
    away(false);

    expect(textsOf(await collect(engine, 3))).toEqual(["old 0", "old 1", "new 0"]);
    await again.close();
  });

  test("a send that its disk does not take either is refused", async () => {
    const full = { ...chaosQueue(openMemoryQueue(new MemoryQueueStore()), calm) };
    const queue = await SpillingQueue.open({
      engine: { ...full, send: () => Promise.reject(new QueueUnavailableError("away")) },
      store: { ...full, send: () => Promise.reject(new QueueUnavailableError("disk full")) },
      log: recordedLog().log,
    });

    await expect(queue.send(messages("lost", 1))).rejects.toThrow("disk full");

    await queue.close();
  });
});

test("a message that the engine refuses holds up no other, and is tried again", async () => {
  const { queue, engine, refuse, log } = await aSpillingQueue();
  refuse("bad 0");
  await queue.send([...messages("good", 1), ...messages("bad", 1), ...messages("fine", 1)]);

  expect(textsOf(await collect(engine, 2))).toEqual(["good 0", "fine 0"]);
  await vi.waitFor(() => expect(log.facts()).toContain("queue.spill_refused"));
  await sleep(20);
  expect(await queue.depth()).toMatchObject({ spilled: 1 });
  await queue.close();
});

test("with an engine that takes everything nothing is kept", async () => {
  const { queue, engine, log } = await aSpillingQueue();

  await queue.send(messages("message", 3));

  expect(textsOf(await collect(engine, 3))).toEqual(["message 0", "message 1", "message 2"]);
  expect(log.facts()).toEqual([]);
  await queue.close();
});

test("what this version cannot read stays for a newer one, and holds up no other", async () => {
  const { engine, open, away, queue, log, unreadable } = await aSpillingQueue();
  away(true);
  await queue.send([...messages("newer", 1), ...messages("good", 1)]);
  await queue.close();
  unreadable("newer 0");
  away(false);

  const again = await open();

  expect(textsOf(await collect(engine, 1))).toEqual(["good 0"]);
  await vi.waitFor(() => expect(log.facts()).toContain("queue.message_unreadable"));
  expect(await again.depth()).toMatchObject({ spilled: 1 });
  await again.close();
});
