import { setTimeout as sleep } from "node:timers/promises";
import { expect, test, vi } from "vitest";
import { calm } from "../../test/support/processing/cut-off.ts";
import { startProcessor } from "../../test/support/processing/processor.ts";
import { ClosedError, QueueUnavailableError } from "../errors.ts";
import type { Message } from "../event/message.ts";
import type { LedgerDriver } from "../ledger/driver.ts";
import { memoryLedger } from "../ledger/drivers/memory/ledger.ts";
import type { QueueDriver, RetryOptions } from "../queue/driver.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosLedger, chaosQueue } from "../testing/chaos.ts";
import { eventually, timed } from "../testing/eventually.ts";
import { repeatOf } from "../testing/ledger-driver/harness.ts";
import { opened } from "../testing/queue-driver/harness.ts";

const messagesOf = (length: number): readonly Message[] => Array.from({ length }, () => aMessage());

/** A ledger with some methods of its own. */
const ledgerWith =
  (methods: (driver: LedgerDriver) => Partial<LedgerDriver>) =>
  (driver: LedgerDriver): LedgerDriver => ({ ...chaosLedger(driver, calm), ...methods(driver) });

/** A queue with some methods of its own. */
const queueWith =
  (methods: (driver: QueueDriver) => Partial<QueueDriver>) =>
  (driver: QueueDriver): QueueDriver => ({ ...chaosQueue(driver, calm), ...methods(driver) });

test("events that are ready together share a call of each kind", async () => {
  const sizes = { admit: [] as number[], settle: [] as number[], ack: [] as number[] };
  const noted = async <T>(kind: keyof typeof sizes, items: readonly T[]): Promise<readonly T[]> => {
    sizes[kind].push(items.length);
    // However long the handlers take, the first outcomes are not written down before there are all of them.
    await eventually(() => {
      if (kind === "settle" && app.handled.length < 900) throw new Error("Not all of them have run.");
    });
    return items;
  };
  await using app = startProcessor({
    wrapLedger: ledgerWith((ledger) => ({
      admit: async (messages) => ledger.admit(await noted("admit", messages)),
      settle: async (settlements) => ledger.settle(await noted("settle", settlements)),
    })),
    wrapQueue: queueWith((queue) => ({
      ack: async (deliveries) => queue.ack(await noted("ack", deliveries)),
    })),
  });

  await app.put(...messagesOf(900));
  await app.settled();

  for (const kind of ["admit", "settle", "ack"] as const) {
    expect(sizes[kind].reduce((sum, size) => sum + size)).toBe(900);
    expect(sizes[kind].length).toBeLessThan(10);
  }
});

test("two calls of a kind are under way at a time, so that an engine has the next at hand", async () => {
  const underWay = { admit: 0, settle: 0 };
  const most = { admit: 0, settle: 0 };
  const alone = async <T>(kind: "admit" | "settle", call: () => Promise<T>): Promise<T> => {
    underWay[kind] += 1;
    most[kind] = Math.max(most[kind], underWay[kind]);
    // The first waits for a second, however slow the machine is.
    await eventually(() => expect(most[kind]).toBeGreaterThan(1));
    await sleep(3);
    underWay[kind] -= 1;
    return call();
  };
  await using app = startProcessor({
    handlers: () => sleep(1),
    wrapLedger: ledgerWith((ledger) => ({
      admit: (messages) => alone("admit", () => ledger.admit(messages)),
      settle: (settlements) => alone("settle", () => ledger.settle(settlements)),
    })),
  });

  for (const message of messagesOf(30)) await app.put(message);
  await app.settled();

  expect(most).toEqual({ admit: 2, settle: 2 });
});

test("the ledger is asked for copies of an event one after the other, even if they name different states", async () => {
  const asking = new Set<string>();
  const overlaps: string[] = [];
  let asked = 0;
  await using app = startProcessor({
    wrapLedger: ledgerWith((ledger) => ({
      admit: async (messages) => {
        asked += messages.length;
        for (const { eventId } of messages) {
          if (asking.has(eventId)) overlaps.push(eventId);
          asking.add(eventId);
        }
        await sleep(5);
        for (const { eventId } of messages) asking.delete(eventId);
        return ledger.admit(messages);
      },
    })),
  });
  const copies = ["a", "b", "c", "d"].map((state) =>
    aMessage({ eventId: "one", state: `message:${state}` as never }),
  );

  for (const copy of copies) {
    await app.put(copy, copy, aMessage());
    await sleep(1);
  }
  await app.settled();

  expect(overlaps).toEqual([]);
  expect(asked).toBeGreaterThanOrEqual(8);
  expect(app.handled.filter((id) => id === "one")).toHaveLength(1);
});

test("the next of a lane begins when the outcome is written down, before the queue has answered", async () => {
  const answered = Promise.withResolvers<void>();
  await using app = startProcessor({
    wrapQueue: queueWith((queue) => ({
      ack: (deliveries) => answered.promise.then(() => queue.ack(deliveries)),
    })),
  });
  const [older, newer] = [1, 2].map((revision) => aMessage({ entity: "message:1", revision }));

  await app.put(...[older, newer].flatMap((message) => message ?? []));
  await eventually(() => expect(app.handled).toEqual([older?.eventId, newer?.eventId]));

  expect((await app.queueDriver.depth()).messages).toBe(2);
  answered.resolve();
  await app.settled();
});

test("the next of a lane does not begin before the outcome is written down", async () => {
  const settled = Promise.withResolvers<void>();
  await using app = startProcessor({
    wrapLedger: ledgerWith((ledger) => ({
      settle: (settlements) => settled.promise.then(() => ledger.settle(settlements)),
    })),
  });

  await app.put(...[1, 2].map((revision) => aMessage({ entity: "message:1", revision })));
  await eventually(() => expect(app.runs).toHaveLength(1));
  await sleep(20);
  expect(app.runs).toHaveLength(1);
  settled.resolve();

  await app.settled();
  expect(app.runs).toHaveLength(2);
});

test("what was settled and not acknowledged when the process ended is acknowledged by the next, and not run again", async () => {
  await using app = startProcessor({
    leaseMs: 100,
    wrapQueue: queueWith(() => ({ ack: () => new Promise(() => undefined) })),
  });
  const message = aMessage();
  await app.put(message);
  await eventually(async () => expect(await app.detail(message)).toMatchObject({ status: "handled" }));
  await app.processor.close(10);

  await using next = startProcessor({
    wrapQueue: () => app.queueDriver,
    wrapLedger: () => app.ledger,
  });
  await app.settled();

  expect(next.runs).toEqual([]);
  expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 1, deliveries: 1 });
});

test("while one stage is in trouble the others go on, and nothing of it is lost", async () => {
  let isBroken = true;
  await using app = startProcessor({
    wrapLedger: ledgerWith((ledger) => ({
      settle: (settlements) =>
        isBroken ? Promise.reject(new Error("disk full")) : ledger.settle(settlements),
    })),
  });
  const [first, ...others] = messagesOf(200);
  await app.put(...(first ? [first] : []));
  await eventually(() => expect(app.log.facts()).toEqual(["ledger.settle_failed"]));

  await app.put(...others);
  await eventually(() => expect(app.handled).toHaveLength(200));
  isBroken = false;
  await app.settled();

  expect(app.log.facts()).toEqual(["ledger.settle_failed", "ledger.settle_failed.recovered"]);
  expect((await app.ledger.stats()).events).toMatchObject({ handled: 200 });
});

test("copies of one event that differ in their state are asked for one after the other", async () => {
  const asked: (readonly string[])[] = [];
  await using app = startProcessor({
    wrapLedger: ledgerWith((ledger) => ({
      admit: (messages) => (asked.push(messages.map(({ state }) => String(state))), ledger.admit(messages)),
    })),
  });
  const message = aMessage({ entity: "message:1" });
  const odd = { ...repeatOf(message), state: aMessage({ entity: "message:2" }).state };

  await app.put(message, odd, aMessage({ entity: "message:3" }));
  await app.settled();

  expect(asked).toEqual([["message:1", "message:3"], ["message:2"]]);
  expect(app.handled).toHaveLength(2);
  expect(await app.detail(message)).toMatchObject({ status: "handled", deliveries: 2 });
});

test("an event that belongs to another process goes back to the queue, and counts no attempt", async () => {
  let asked = 0;
  await using app = startProcessor({
    wrapLedger: ledgerWith((ledger) => ({
      admit: async (messages) => {
        asked += 1;
        return asked > 1 ? ledger.admit(messages) : messages.map(() => ({ kind: "elsewhere" }));
      },
    })),
  });

  await app.put(aMessage());
  await app.settled();

  expect(app.runs.map(({ context }) => context.attempt)).toEqual([1]);
});

test("a stop still acknowledges what the ledger was being asked for, if it turns out to be a repeat", async () => {
  const answer = Promise.withResolvers<void>();
  const asked = vi.fn();
  await using app = startProcessor({
    wrapLedger: ledgerWith((ledger) => ({
      admit: async (messages) => {
        asked();
        await answer.promise;
        return ledger.admit(messages);
      },
    })),
  });
  const known = aMessage();
  await app.ledger.admit([known]);
  await app.put(repeatOf(known), aMessage());
  await eventually(() => expect(asked).toHaveBeenCalled());

  const closed = app.processor.close(5_000);
  await sleep(20);
  answer.resolve();
  await closed;

  expect(app.runs).toEqual([]);
  expect((await app.queueDriver.depth()).messages).toBe(1);
});

test("a stop asks for nothing more, and waits until the queue has heard of what ended", async () => {
  const gate = Promise.withResolvers<void>();
  const asked: number[] = [];
  await using app = startProcessor({
    handlers: () => gate.promise,
    wrapLedger: ledgerWith((ledger) => ({
      admit: (messages) => (asked.push(messages.length), ledger.admit(messages)),
    })),
    wrapQueue: queueWith((queue) => ({
      ack: async (deliveries) => {
        await sleep(20);
        await queue.ack(deliveries);
      },
    })),
  });
  await app.put(...[1, 2].map((revision) => aMessage({ entity: "message:1", revision })));
  await eventually(() => expect(app.runs).toHaveLength(1));

  const closed = app.processor.close(5_000);
  gate.resolve();
  await closed;

  expect(asked).toEqual([1]);
  expect((await app.queueDriver.depth()).messages).toBe(1);
});

test("a stop waits until the queue has taken back what failed, which counts as an attempt", async () => {
  const gate = Promise.withResolvers<void>();
  const takenBack: RetryOptions[] = [];
  await using app = startProcessor({
    handlers: async () => {
      await gate.promise;
      throw new Error("broken");
    },
    wrapQueue: queueWith((queue) => ({
      retry: async (delivery, options) => {
        await sleep(20);
        await queue.retry(delivery, options);
        takenBack.push(options);
      },
    })),
  });
  await app.put(aMessage());
  await eventually(() => expect(app.runs).toHaveLength(1));

  const closed = app.processor.close(5_000);
  gate.resolve();
  await closed;

  expect(takenBack).toEqual([expect.objectContaining({ attempt: 2 })]);
});

test("a stop does not wait for room for more", async () => {
  const gate = Promise.withResolvers<void>();
  await using app = startProcessor({ handlers: () => gate.promise, concurrency: 1 });
  // More than may be under way, so that it has no room for another list.
  await app.put(...messagesOf(6_000));
  await eventually(() => expect(app.runs).toHaveLength(1));

  gate.resolve();
  const { ms } = await timed(() => app.processor.close(20_000));

  expect(ms).toBeLessThan(10_000);
  expect((await app.queueDriver.depth()).messages).toBeGreaterThan(2_000);
});

test("retries that the queue does not take keep no other answer from it", async () => {
  const isStuck = (name: string): boolean => name === "stuck";
  const refused: string[] = [];
  await using app = startProcessor({
    handlers: ({ name }) => {
      if (isStuck(name)) throw new Error("broken");
    },
    wrapQueue: queueWith((queue) => ({
      retry: async (delivery, options) => {
        const { name, eventId } = opened(delivery);
        if (!isStuck(name)) return queue.retry(delivery, options);
        refused.push(eventId);
        throw new QueueUnavailableError("This shard is full.");
      },
    })),
  });
  // One after the other, so that no two of them are answered together.
  for (const count of [1, 2, 3]) {
    await app.put(aMessage({ name: "stuck" }));
    await eventually(() => expect(new Set(refused).size).toBe(count));
  }

  await app.put(...messagesOf(3));

  await eventually(async () => expect((await app.queueDriver.depth()).messages).toBe(3));
});

test("a queue that is closed is not told again and again what is done, and that is no trouble", async () => {
  const ack = vi.fn<() => Promise<never>>(async () => {
    throw new ClosedError("queue");
  });
  await using app = startProcessor({ wrapQueue: queueWith(() => ({ ack })) });

  await app.put(aMessage());
  await eventually(() => expect(ack).toHaveBeenCalled());
  await sleep(300);

  expect(ack).toHaveBeenCalledOnce();
  expect(app.log.facts()).not.toContain("queue.ack_failed");
});

test("an event whose acknowledgement failed is acknowledged once the ledger has said again that it is settled", async () => {
  const message = aMessage();
  let acks = 0;
  await using app = startProcessor({
    wrapQueue: queueWith((queue) => ({
      ack: async (deliveries) => {
        acks += 1;
        if (acks === 1) throw new QueueUnavailableError("It is away.");
        return queue.ack(deliveries);
      },
    })),
  });

  await app.put(message);
  await app.settled();

  expect(app.handled).toEqual([message.eventId]);
  expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 1, deliveries: 1 });
  expect(app.log.facts()).toEqual(expect.arrayContaining(["queue.ack_failed", "queue.ack_failed.recovered"]));
});

test("a queue that cannot be told of what is done is told again after ever longer pauses, until it has been told", async () => {
  const toldAt: number[] = [];
  await using app = startProcessor({
    wrapQueue: queueWith((queue) => ({
      ack: async (deliveries) => {
        toldAt.push(performance.now());
        if (toldAt.length < 4 || toldAt.length === 5) throw new QueueUnavailableError("It is away.");
        return queue.ack(deliveries);
      },
    })),
  });

  for (const message of messagesOf(2)) {
    await app.put(message);
    await app.settled();
  }

  const [first = 0, , , fourth = 0, fifth = 0, sixth = 0] = toldAt;
  expect(fourth - first).toBeGreaterThan(600);
  // Without a new beginning it would be longer than all those before.
  expect(sixth - fifth).toBeLessThan(fourth - first);
});

test("events are handled again if a failover lost that they are settled, and not that they are in the queue", async () => {
  const [before, now] = [memoryLedger(), memoryLedger()];
  let ledger = before;
  let acks = 0;
  const all = Promise.withResolvers<void>();
  const acknowledged: unknown[] = [];
  await using app = startProcessor({
    wrapLedger: ledgerWith(() => ({
      admit: (messages) => ledger.admit(messages),
      settle: (settlements) => ledger.settle(settlements),
    })),
    wrapQueue: queueWith((queue) => ({
      ack: async (deliveries) => {
        acks += 1;
        if (acks > 2) {
          for (const delivery of deliveries) acknowledged.push(await now.get(opened(delivery).eventId));
          return queue.ack(deliveries);
        }
        // Two calls are under way, and others wait behind them.
        await all.promise;
        ledger = now;
        throw new QueueUnavailableError("It has failed over.");
      },
    })),
  });
  const messages = messagesOf(5);
  const ids = messages.map(({ eventId }) => eventId);

  for (const [index, message] of messages.entries()) {
    await app.put(message);
    await eventually(() => expect(app.handled).toHaveLength(index + 1));
  }
  all.resolve();
  await app.settled();

  expect(app.handled.toSorted()).toEqual([...ids, ...ids].toSorted());
  expect(acknowledged).toEqual(ids.map(() => expect.objectContaining({ status: "handled", attempts: 1 })));
});
