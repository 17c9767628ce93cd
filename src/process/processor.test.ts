import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test, vi } from "vitest";
import { calm } from "../../test/support/cut-off.ts";
import { startProcessor } from "../../test/support/processor.ts";
import type { Delivery, RetryOptions } from "../queue/driver.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosLedger, chaosQueue } from "../testing/chaos.ts";
import { eventually } from "../testing/eventually.ts";
import { repeatOf, replayOf } from "../testing/ledger-driver/harness.ts";
import { never, opened } from "../testing/queue-driver/harness.ts";
import { laneful } from "../queue/driver.ts";

const fail = (error: string) => (): never => {
  throw new Error(error);
};
const forever = (): Promise<never> => new Promise(() => undefined);

describe("an event", () => {
  test("is handled once, written down and taken from the queue", async () => {
    await using app = startProcessor({ handlers: () => undefined });
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
    await using app = startProcessor({ handlers: () => undefined });
    const message = aMessage();

    await app.put(message, repeatOf(message));
    await app.put(repeatOf(message));
    await app.settled();

    expect(app.handled).toEqual([message.eventId]);
    expect(await app.detail(message)).toMatchObject({ status: "handled", deliveries: 3 });
  });

  test("is handled once more when a person asks for it", async () => {
    await using app = startProcessor({ handlers: () => undefined });
    const message = aMessage();
    await app.put(message);
    await app.settled();

    await app.put(replayOf(message));
    await app.settled();

    expect(app.handled).toEqual([message.eventId, message.eventId]);
    expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 2, conflict: false });
  });

  test("that is older than what was handled is obsolete, and never reaches a handler", async () => {
    await using app = startProcessor({ handlers: () => undefined });
    const newer = aMessage({ revision: 2, entity: "message:1" });
    const older = aMessage({ revision: 1, entity: "message:1" });

    await app.put(newer, older);
    await app.settled();

    expect(app.handled).toEqual([newer.eventId]);
    expect(await app.detail(older)).toMatchObject({ status: "obsolete", attempts: 0 });
  });

  test("of a revision that was handled under another id is handled, and flagged", async () => {
    await using app = startProcessor({ handlers: () => undefined });
    const first = aMessage({ revision: 7, entity: "message:1" });
    const second = aMessage({ revision: 7, entity: "message:1" });

    await app.put(first, second);
    await app.settled();

    expect(app.handled).toEqual([first.eventId, second.eventId]);
    expect(await app.detail(first)).toMatchObject({ conflict: false });
    expect(await app.detail(second)).toMatchObject({ status: "handled", conflict: true });
  });
});

describe("an event whose handler fails", () => {
  test("is tried again until it is handled, and the handler is told which attempt it is", async () => {
    await using app = startProcessor({
      handlers: (_event, { attempt }) => {
        if (attempt < 3) throw new Error(`attempt ${attempt}`);
      },
    });
    const message = aMessage();

    await app.put(message);
    await app.settled();

    expect(app.runs.map(({ context }) => context.attempt)).toEqual([1, 2, 3]);
    const detail = await app.detail(message);
    expect(detail).toMatchObject({ status: "handled", attempts: 3, error: null });
    expect(detail?.attemptLog.map(({ error }) => error)).toEqual([
      "Error: attempt 1",
      "Error: attempt 2",
      null,
    ]);
  });

  test("for good becomes a dead letter with all its attempts, and leaves the queue", async () => {
    await using app = startProcessor({ handlers: fail("no database"), maxAttempts: 4 });
    const message = aMessage();

    await app.put(message);
    await app.settled();

    const detail = await app.detail(message);
    expect(detail).toMatchObject({ status: "dead", attempts: 4, error: "Error: no database" });
    expect(detail?.attemptLog.map(({ outcome }) => outcome)).toEqual([
      "failed",
      "failed",
      "failed",
      "failed",
    ]);
    expect(app.log.facts()).toEqual(["event.failed", "event.failed", "event.failed", "event.dead"]);
  });

  test("tells the log where in the user's code, and not what: that may be private", async () => {
    const stack = "Error: of a person\n    at save (/srv/app/hooks.ts:12:5)";
    await using app = startProcessor({
      handlers: () => {
        throw Object.assign(new Error("of a person"), { stack });
      },
      maxAttempts: 2,
    });

    await app.put(aMessage());
    await app.settled();

    expect(app.log.lines).toMatchObject([
      { fact: "event.failed", fields: { thrownAt: "/srv/app/hooks.ts:12:5" } },
      { fact: "event.dead", fields: { thrownAt: "/srv/app/hooks.ts:12:5" } },
    ]);
    expect(JSON.stringify(app.log.lines)).not.toContain("person");
  });

  test("waits longer after each failure, as the backoff says", async () => {
    await using app = startProcessor({
      handlers: fail("broken"),
      maxAttempts: 5,
      backoffMinMs: 8,
      backoffMaxMs: 20,
    });

    await app.put(aMessage());
    await app.settled();

    const waits = app.log.lines
      .filter(({ fact }) => fact === "event.failed")
      .map(({ fields }) => Number(fields["retryInMs"]));
    for (const [index, longest] of [8, 16, 20, 20].entries()) {
      expect(waits[index]).toBeGreaterThanOrEqual(longest / 2);
      expect(waits[index]).toBeLessThanOrEqual(longest);
    }
  });

  test("holds back no older one of its state, and wins when it succeeds later", async () => {
    let isBroken = true;
    await using app = startProcessor({
      handlers: ({ revision }) => {
        if (revision === 3 && isBroken) throw new Error("not yet");
      },
      maxAttempts: 100,
    });
    const newest = aMessage({ revision: 3, entity: "message:1" });
    const middle = aMessage({ revision: 2, entity: "message:1" });
    const oldest = aMessage({ revision: 1, entity: "message:1" });

    await app.put(newest);
    await eventually(() => expect(app.runs.length).toBeGreaterThan(0));
    await app.put(middle);
    await eventually(() => expect(app.handled).toEqual([middle.eventId]));
    isBroken = false;
    await eventually(() => expect(app.handled).toEqual([middle.eventId, newest.eventId]));
    await app.put(oldest);
    await app.settled();

    expect(app.handled).toEqual([middle.eventId, newest.eventId]);
    expect(await app.detail(oldest)).toMatchObject({ status: "obsolete" });
  });

  test("is failed at its deadline if it hangs, and its signal aborts", async () => {
    await using app = startProcessor({ handlers: forever, handlerTimeoutMs: 20, maxAttempts: 2 });
    const message = aMessage();

    await app.put(message);
    await app.settled();

    expect(await app.detail(message)).toMatchObject({
      status: "dead",
      attempts: 2,
      error: "Error: The handler was not done after 20 ms.",
    });
    expect(app.runs.map(({ context }) => context.signal.aborted)).toEqual([true, true]);
  });

  test("has an error that is kept, but not at any length", async () => {
    await using app = startProcessor({ handlers: fail("x".repeat(100_000)), maxAttempts: 1 });
    const message = aMessage();

    await app.put(message);
    await app.settled();

    expect((await app.detail(message))?.error).toHaveLength(4_000);
  });

  test.each<[string, object]>([
    ["a name that is no text", { name: Symbol("name") }],
    ["a message that is no text", { message: { toString: () => fail("no text")() } }],
  ])("with %s does not stop the others of its state", async (_, fields) => {
    await using app = startProcessor({
      handlers: ({ revision }) => {
        if (revision === 1) throw Object.assign(new Error("odd"), fields);
      },
      maxAttempts: 1,
    });
    const odd = aMessage({ revision: 1, entity: "message:1" });
    const next = aMessage({ revision: 2, entity: "message:1" });

    await app.put(odd, next);
    await app.settled();

    expect(await app.detail(odd)).toMatchObject({ status: "dead" });
    expect(app.handled).toEqual([next.eventId]);
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

  test("that take longer than the lease keep their event", async () => {
    vi.useFakeTimers();
    const gate = Promise.withResolvers<void>();
    let handOuts = 0;
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

test("more events of one state than a lane takes are handled in order, and keep no other waiting", async () => {
  await using app = startProcessor({ handlers: () => undefined });
  const hot = Array.from({ length: laneful + 80 }, (_, index) =>
    aMessage({ entity: "presence:hot", state: null, revision: null, eventId: `hot ${index}` }),
  );
  const cold = aMessage({ eventId: "cold" });

  await app.put(...hot, cold);
  await app.settled();

  expect(app.handled.filter((id) => id !== "cold")).toEqual(hot.map(({ eventId }) => eventId));
  expect(app.handled.indexOf("cold")).toBeLessThan(laneful);
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

test("the next attempt may come before we hear that the one before was put back, under the same receipt", async () => {
  let latest: Delivery | undefined;
  await using app = startProcessor({
    handlers: (_event, { attempt }) => (attempt < 3 ? fail("broken")() : undefined),
    wrapQueue: (driver) => ({
      ...chaosQueue(driver, { random: () => 0 }),
      receive: async (max, signal) =>
        (await driver.receive(max, signal)).map((one) => {
          latest = one;
          return { ...one, receipt: "the only one" };
        }),
      ack: async () => driver.ack(latest === undefined ? [] : [latest]),
      retry: async (_delivery, options) => {
        if (latest !== undefined) await driver.retry(latest, options);
        await sleep(30);
      },
    }),
  });
  const message = aMessage();

  await app.put(message);
  await app.settled();

  expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 3 });
});

test("what is to be tried again has its new place in the queue before the next one of its state begins", async () => {
  const put = Promise.withResolvers<void>();
  const done: string[] = [];
  await using app = startProcessor({
    handlers: ({ revision }) => (revision === 1 ? fail("broken")() : void done.push("the next one began")),
    wrapQueue: (driver) => ({
      ...chaosQueue(driver, { random: () => 0 }),
      retry: async (delivery, options) => {
        await put.promise;
        done.push("put back");
        await driver.retry(delivery, { ...options, delayMs: 60_000 });
      },
    }),
  });
  const [first, second] = [1, 2].map((revision) => aMessage({ revision, entity: "message:1" }));

  await app.put(...[first, second].flatMap((message) => message ?? []));
  await eventually(() => expect(app.runs.length).toBe(1));
  await sleep(50);
  put.resolve();
  await eventually(() => expect(done.length).toBe(2));

  expect(done).toEqual(["put back", "the next one began"]);
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

test("a message that cannot be read is set aside and does not stop the others", async () => {
  const newer = [aMessage({ name: "newer" }), aMessage({ name: "newer" })];
  const back: RetryOptions[] = [];
  await using app = startProcessor({
    handlers: () => undefined,
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
  await eventually(() => expect(app.log.facts()).toHaveLength(2));
  expect(new Set(app.log.facts())).toEqual(new Set(["queue.message_unreadable"]));
  expect((await app.queueDriver.depth()).messages).toBe(2);
  expect(back).toEqual([
    { delayMs: 60_000, attempt: 1 },
    { delayMs: 60_000, attempt: 1 },
  ]);
});

describe("a stop", () => {
  test("lets a handler that runs finish, and settles its event", async () => {
    const gate = Promise.withResolvers<void>();
    await using app = startProcessor({ handlers: () => gate.promise });
    const message = aMessage();
    await app.put(message);
    await eventually(() => expect(app.runs).toHaveLength(1));

    const closed = app.processor.close(5_000);
    gate.resolve();
    await closed;

    expect(await app.detail(message)).toMatchObject({ status: "handled" });
    expect((await app.queueDriver.depth()).messages).toBe(0);
  });

  test("begins nothing new: what waits for its turn stays in the queue", async () => {
    const gate = Promise.withResolvers<void>();
    await using app = startProcessor({ handlers: () => gate.promise, concurrency: 1 });
    await app.put(
      aMessage({ entity: "message:1" }),
      aMessage({ entity: "message:1", revision: 2 }),
      aMessage(),
    );
    await eventually(() => expect(app.runs).toHaveLength(1));

    const closed = app.processor.close(5_000);
    gate.resolve();
    await closed;

    expect(app.runs).toHaveLength(1);
    expect((await app.queueDriver.depth()).messages).toBe(2);
  });

  test("gives back what waits for its turn: it has its place, and counts no attempt", async () => {
    const gate = Promise.withResolvers<void>();
    await using app = startProcessor({ handlers: () => gate.promise, concurrency: 1 });
    const [first, behind, other] = [
      aMessage({ entity: "message:1" }),
      aMessage({ entity: "message:1", revision: 2 }),
      aMessage(),
    ];
    await app.put(first, behind, other);
    await eventually(() => expect(app.runs).toHaveLength(1));

    const closed = app.processor.close(5_000);
    gate.resolve();
    await closed;

    await app.queueDriver.own([0]);
    const deliveries = await app.queueDriver.receive(10, never);
    expect(deliveries.map(({ message }) => opened({ message }).eventId)).toEqual([
      behind.eventId,
      other.eventId,
    ]);
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 1]);
  });

  test("leaves a handler that does not end in time; its event stays unsettled, and comes back", async () => {
    const onAttempt = vi.fn();
    await using app = startProcessor({ handlers: forever, leaseMs: 300, onAttempt });
    const message = aMessage();
    await app.put(message);
    await eventually(() => expect(app.runs).toHaveLength(1));

    await app.processor.close(20);

    expect(app.runs[0]?.context.signal.aborted).toBe(true);
    await sleep(5);
    expect(await app.detail(message)).toMatchObject({ status: "pending", attempts: 0 });
    expect(onAttempt).not.toHaveBeenCalled();
    await app.queue.close();
    await app.queueDriver.own([0]);
    const deliveries = await app.queueDriver.receive(1, never);
    expect(deliveries.map(({ message: back }) => opened({ message: back }).eventId)).toEqual([
      message.eventId,
    ]);
    // It was not given back, as what nobody has met: its handler may be what hangs.
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([2]);
  });

  test("does not wait for an engine that is down", async () => {
    const broken = (): Promise<never> => Promise.reject(new Error("down"));
    await using app = startProcessor({
      handlers: () => undefined,
      wrapLedger: (ledger) => ({ ...chaosLedger(ledger, calm), admit: broken }),
    });
    await app.put(aMessage());
    await eventually(() => expect(app.log.facts()).toEqual(["ledger.admit_failed"]));

    await app.processor.close(30);

    expect((await app.queueDriver.depth()).messages).toBe(1);
  });

  test("may be asked for twice", async () => {
    await using app = startProcessor({ handlers: () => undefined });

    await Promise.all([app.processor.close(), app.processor.close()]);

    await app.put(aMessage());
    await sleep(20);
    expect(app.runs).toEqual([]);
  });
});
