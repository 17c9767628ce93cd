import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { calm } from "../../test/support/processing/cut-off.ts";
import { fail, forever, startProcessor } from "../../test/support/processing/processor.ts";
import { QueueUnavailableError } from "../errors.ts";
import type { RetryOptions } from "../queue/driver.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosLedger, chaosQueue } from "../testing/chaos.ts";
import { eventually } from "../testing/eventually.ts";
import { repeatOf, replayOf } from "../testing/ledger-driver/harness.ts";
import { opened } from "../testing/queue-driver/harness.ts";
import { laneful } from "../queue/driver.ts";

test("a handler is told that another worker has its event, which comes again", async () => {
  let isOurs = true;
  const told: unknown[] = [];
  await using app = startProcessor({
    handlers: async (_event, { signal }) => {
      if (told.length > 0) return;
      isOurs = false;
      await once(signal, "abort");
      told.push(signal.reason);
    },
    wrapLedger: (ledger) => ({
      ...chaosLedger(ledger, calm),
      isShared: true,
      share: async () => {
        const owned = isOurs ? [0] : [];
        isOurs = true;
        return { owned, surplus: [], forMs: 60_000, beginForMs: 60_000 };
      },
    }),
  });
  const message = aMessage();

  await app.put(message);
  await app.settled(10_000);

  expect(told).toEqual([new Error("Another process handles this event now.")]);
  expect(app.runs).toHaveLength(2);
  expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 1 });
});

describe("an event", () => {
  test("is handled once, written down and taken from the queue", async () => {
    await using app = startProcessor();
    const message = aMessage({ revision: 4 });

    await app.put(message);
    await app.settled();

    expect(app.handled).toEqual([message.eventId]);
    expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 1, revision: 4 });
  });

  test("that no handler means is handled all the same", async () => {
    await using app = startProcessor({ handlers: { "message.failed": fail("not for me") } });
    const message = aMessage({ name: "chat.create" });

    await app.put(message);
    await app.settled();

    expect(app.runs).toEqual([]);
    expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 1 });
  });

  test("goes to the handler of the most specific pattern", async () => {
    const seen: string[] = [];
    const handlers = Object.fromEntries(
      ["*", "message.*", "message.failed"].map((pattern) => [pattern, () => void seen.push(pattern)]),
    );
    await using app = startProcessor({ handlers });

    for (const name of ["message.failed", "message.read", "chat.create"]) await app.put(aMessage({ name }));
    await app.settled();

    expect(seen.toSorted()).toEqual(["*", "message.*", "message.failed"]);
  });

  test("that was handled before is a duplicate: counted, and not handled again", async () => {
    await using app = startProcessor();
    const message = aMessage();

    await app.put(message, repeatOf(message));
    await app.put(repeatOf(message));
    await app.settled();

    expect(app.handled).toEqual([message.eventId]);
    expect(await app.detail(message)).toMatchObject({ status: "handled", deliveries: 3 });
  });

  test("is handled once more when a person asks for it", async () => {
    await using app = startProcessor();
    const message = aMessage();
    await app.put(message);
    await app.settled();

    await app.put(replayOf(message));
    await app.settled();

    expect(app.handled).toEqual([message.eventId, message.eventId]);
    expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 2, conflict: false });
  });

  test("that is older than what was handled is obsolete, and never reaches a handler", async () => {
    await using app = startProcessor();
    const newer = aMessage({ revision: 2, entity: "message:1" });
    const older = aMessage({ revision: 1, entity: "message:1" });

    await app.put(newer, older);
    await app.settled();

    expect(app.handled).toEqual([newer.eventId]);
    expect(await app.detail(older)).toMatchObject({ status: "obsolete", attempts: 0 });
  });

  test("of a revision that was handled under another id is handled, and flagged", async () => {
    await using app = startProcessor();
    const first = aMessage({ revision: 7, entity: "message:1" });
    const second = aMessage({ revision: 7, entity: "message:1" });

    await app.put(first, second);
    await app.settled();

    expect(app.handled).toEqual([first.eventId, second.eventId]);
    expect(await app.detail(first)).toMatchObject({ conflict: false });
    expect(await app.detail(second)).toMatchObject({ status: "handled", conflict: true });
  });
});

describe("handlers", () => {
  test("of different states run at the same time, never more than the setting says", async () => {
    let running = 0;
    const seen: number[] = [];
    await using app = startProcessor({
      handlers: async () => {
        running += 1;
        seen.push(running);
        await sleep(2);
        running -= 1;
      },
      concurrency: 3,
    });

    await app.put(...Array.from({ length: 40 }, () => aMessage()));
    await app.settled();

    expect(Math.max(...seen)).toBe(3);
    expect(app.handled).toHaveLength(40);
  });

  test("of one state never run at the same time, and those without a revision in order of arrival", async () => {
    const running = new Set<string>();
    await using app = startProcessor({
      handlers: async ({ entity }) => {
        expect(running).not.toContain(entity);
        running.add(entity);
        await sleep(1);
        running.delete(entity);
      },
    });
    const messages = Array.from({ length: 40 }, (_, index) =>
      aMessage({ entity: `presence:${index % 2}`, state: null, revision: null, eventId: `${index}` }),
    );

    await app.put(...messages);
    await app.settled();

    const evens = app.handled.filter((id) => Number(id) % 2 === 0);
    expect(evens).toEqual(messages.map(({ eventId }) => eventId).filter((id) => Number(id) % 2 === 0));
    expect(app.handled).toHaveLength(40);
  });

  test("of other states do not wait for one that hangs", async () => {
    await using app = startProcessor({
      handlers: ({ entity }) => (entity === "message:slow" ? forever() : undefined),
    });
    const others = Array.from({ length: 20 }, () => aMessage());

    await app.put(aMessage({ entity: "message:slow" }), aMessage({ entity: "message:slow", revision: 2 }));
    await app.put(...others);

    await eventually(() => expect(app.handled).toHaveLength(20));
    expect((await app.queueDriver.depth()).messages).toBe(2);
  });

  test("of a busy state wait their turn among the others, so that slow states keep no other waiting", async () => {
    await using app = startProcessor({ concurrency: 1, handlers: () => sleep(2) });
    const many = ["presence:a", "presence:b"].flatMap((entity) =>
      Array.from({ length: 10 }, () => aMessage({ entity, state: null, revision: null })),
    );
    const one = aMessage({ entity: "presence:c", state: null, revision: null });

    await app.put(...many, one);
    await app.settled();

    const entities = app.runs.map(({ event }) => event.entity);
    expect(entities.slice(0, 5)).toEqual([
      "presence:a",
      "presence:b",
      "presence:c",
      "presence:a",
      "presence:b",
    ]);
    expect(entities).toHaveLength(21);
  });

  test("that take longer than the lease keep their event, also if the queue does not hear each sign of life", async () => {
    vi.useFakeTimers();
    const gate = Promise.withResolvers<void>();
    let handOuts = 0;
    let signs = 0;
    await using app = startProcessor({
      handlers: () => gate.promise,
      leaseMs: 60,
      wrapQueue: (driver) => ({
        ...chaosQueue(driver, calm),
        receive: async (max, signal) => {
          const deliveries = await driver.receive(max, signal);
          handOuts += deliveries.length;
          return deliveries;
        },
        extend: async (deliveries) => {
          signs += 1;
          if (signs % 2 === 0) return driver.extend(deliveries);
          throw new QueueUnavailableError("It is away.");
        },
      }),
    });
    const message = aMessage();

    await app.put(message);
    await vi.advanceTimersByTimeAsync(1);
    expect(app.runs).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1_000);
    vi.useRealTimers();

    expect(handOuts).toBe(1);
    gate.resolve();
    await app.settled();
    expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 1 });
  });
});

test("leases that cannot be extended for long are told at once, once a minute, and when they can again", async () => {
  vi.useFakeTimers();
  const gate = Promise.withResolvers<void>();
  let isAway = true;
  await using app = startProcessor({
    handlers: () => gate.promise,
    handlerTimeoutMs: 600_000,
    wrapQueue: (driver) => ({
      ...chaosQueue(driver, calm),
      extend: async (deliveries) => {
        if (isAway) throw new QueueUnavailableError("It is away.");
        return driver.extend(deliveries);
      },
    }),
  });
  const told = (): number => app.log.facts().filter((fact) => fact === "queue.extend_failed").length;
  await app.put(aMessage());

  await vi.advanceTimersByTimeAsync(65_000);
  const first = told();
  await vi.advanceTimersByTimeAsync(10_000);
  const then = told();
  expect(app.log.facts()).not.toContain("queue.extend_failed.recovered");
  isAway = false;
  await vi.advanceTimersByTimeAsync(20_000);
  vi.useRealTimers();

  expect([first, then, told()]).toEqual([1, 2, 2]);
  expect(app.log.facts().filter((fact) => fact === "queue.extend_failed.recovered")).toHaveLength(1);
  gate.resolve();
});

test("more events of one state than a lane takes are handled in order, and keep no other waiting", async () => {
  await using app = startProcessor();
  const hot = Array.from({ length: laneful + 80 }, (_, index) =>
    aMessage({ entity: "presence:hot", state: null, revision: null, eventId: `hot ${index}` }),
  );
  const cold = aMessage({ eventId: "cold" });

  await app.put(...hot, cold);
  await app.settled();

  expect(app.handled.filter((id) => id !== "cold")).toEqual(hot.map(({ eventId }) => eventId));
  expect(app.handled.indexOf("cold")).toBeLessThan(laneful);
});

test("more events than may be under way at once are all handled", async () => {
  await using app = startProcessor();
  const messages = Array.from({ length: 9_000 }, () => aMessage());

  await app.put(...messages);
  await app.settled();

  expect(app.handled).toHaveLength(messages.length);
});

test("no more is taken from the queue than may be under way", async () => {
  let underWay = 0;
  let most = 0;
  const gate = Promise.withResolvers<void>();
  await using app = startProcessor({
    handlers: () => gate.promise,
    concurrency: 1,
    wrapQueue: (driver) => ({
      ...chaosQueue(driver, calm),
      receive: async (max, signal) => {
        const deliveries = await driver.receive(max, signal);
        underWay += deliveries.length;
        most = Math.max(most, underWay);
        return deliveries;
      },
      ack: (deliveries) => ((underWay -= deliveries.length), driver.ack(deliveries)),
    }),
  });

  await app.put(...Array.from({ length: 12_000 }, () => aMessage()));
  await eventually(() => expect(underWay).toBeGreaterThan(4_000));
  // Nothing tells that there is nothing more to come.
  await sleep(100);
  gate.resolve();
  await app.settled();

  expect(most).toBeLessThanOrEqual(8_000);
});

test("nothing is taken from the queue while it is not sure that it is ours", async () => {
  let isSure = false;
  const receive = vi.fn();
  const asked = vi.fn();
  await using app = startProcessor({
    wrapLedger: (ledger) => ({
      ...chaosLedger(ledger, calm),
      isShared: true,
      share: async () => {
        asked();
        return { owned: [0], surplus: [], forMs: 60_000, beginForMs: isSure ? 60_000 : 0 };
      },
    }),
    wrapQueue: (driver) => ({
      ...chaosQueue(driver, calm),
      receive: (max, signal) => (receive(), driver.receive(max, signal)),
    }),
  });
  const message = aMessage();
  await app.put(message);
  await eventually(() => expect(asked).toHaveBeenCalledTimes(2));
  expect(receive).not.toHaveBeenCalled();

  isSure = true;
  await app.settled();

  expect(app.handled).toEqual([message.eventId]);
});

test("a delivery that is handed out once more while it is under way is handled once", async () => {
  await using app = startProcessor({
    handlers: () => sleep(10),
    wrapQueue: (driver) => ({
      ...chaosQueue(driver, { random: () => 0 }),
      // As a queue does whose lease has ended, with the receipt that names the message.
      receive: async (max, signal) => (await driver.receive(max, signal)).flatMap((one) => [one, one]),
    }),
  });
  const message = aMessage();

  await app.put(message);
  await app.settled();
  await app.processor.close();

  expect(app.handled).toEqual([message.eventId]);
  expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 1, deliveries: 1 });
});

test("every run of a handler is told of, with how it ended and how long it took", async () => {
  const told: (readonly [string, number])[] = [];
  await using app = startProcessor({
    handlers: (_event, { attempt }) => sleep(5).then(attempt < 3 ? fail("broken") : () => undefined),
    onAttempt: (outcome, seconds) => void told.push([outcome, seconds]),
  });

  await app.put(aMessage());
  await app.settled();

  expect(told.map(([outcome]) => outcome)).toEqual(["retry", "retry", "handled"]);
  for (const [, seconds] of told) expect(seconds).toBeLessThan(5);
});

test("of its first run, and of no other, an event is told", async () => {
  const told: string[] = [];
  await using app = startProcessor({
    handlers: (_event, { attempt }) => (attempt < 3 ? fail("broken")() : undefined),
    onFirstRun: ({ eventId }) => void told.push(eventId),
  });
  const message = aMessage();

  await app.put(message, repeatOf(message));
  await app.settled();

  expect(app.runs).toHaveLength(3);
  expect(told).toEqual([message.eventId]);
});

test("a message that cannot be read is set aside and does not stop the others", async () => {
  const newer = [aMessage({ name: "newer" }), aMessage({ name: "newer" })];
  const back: RetryOptions[] = [];
  await using app = startProcessor({
    wrapQueue: (driver) => ({
      ...chaosQueue(driver, calm),
      receive: async (max, signal) => {
        const deliveries = await driver.receive(max, signal);
        return deliveries.map((one) =>
          opened(one).name === "newer" ? { ...one, message: new RangeError("A message of format 99") } : one,
        );
      },
      retry: (delivery, options) => (back.push(options), driver.retry(delivery, options)),
    }),
  });
  const good = [aMessage(), aMessage()];

  await app.put(...newer, ...good);
  await eventually(() => expect(app.handled).toHaveLength(2));

  expect(app.handled.toSorted()).toEqual(good.map(({ eventId }) => eventId).toSorted());
  await eventually(() => expect(back).toHaveLength(2));
  expect(app.log.lines.filter(({ level }) => level === "error")).toEqual([
    { level: "error", fact: "queue.message_unreadable", fields: { error: "A message of format 99" } },
  ]);
  expect((await app.queueDriver.depth()).messages).toBe(2);
  expect(back).toEqual([
    { delayMs: 60_000, attempt: 1 },
    { delayMs: 60_000, attempt: 1 },
  ]);
});
