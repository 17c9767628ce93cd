import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { losesFirstCommit } from "../../test/support/ledger/lost-commit.ts";
import { fail, forever, startProcessor } from "../../test/support/processing/processor.ts";
import type { Delivery } from "../queue/driver.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosQueue } from "../testing/chaos.ts";
import { eventually } from "../testing/eventually.ts";
import { NonRetryableError } from "./non-retryable-error.ts";

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

  test.for([
    ["of ours", new NonRetryableError("no such order")],
    [
      "of another copy of the package",
      Object.assign(new Error("no such order"), { name: "NonRetryableError" }),
    ],
  ] as const)(
    "with an error %s that says no attempt can succeed is a dead letter at once",
    async ([, error]) => {
      await using app = startProcessor({
        handlers: () => {
          throw error;
        },
      });
      const message = aMessage();

      await app.put(message);
      await app.settled();

      const dead = { status: "dead", attempts: 1, error: "NonRetryableError: no such order" };
      expect(await app.detail(message)).toMatchObject(dead);
      expect(app.log.lines).toMatchObject([{ fact: "event.dead", fields: { error: "NonRetryableError" } }]);
    },
  );

  test("with an error whose name cannot be read is tried again", async () => {
    const unreadable = Object.defineProperty(new Error("no"), "name", {
      get: () => {
        throw new Error("never");
      },
    });
    await using app = startProcessor({
      handlers: (_event, { attempt }) => {
        if (attempt === 1) throw unreadable;
      },
    });
    const message = aMessage();

    await app.put(message);
    await app.settled();

    expect(await app.detail(message)).toMatchObject({ status: "handled", attempts: 2 });
  });

  test("tells the log the kind of error and where in the user's code, and not what: that may be private", async () => {
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
      { fact: "event.failed", fields: { error: "Error", thrownAt: "/srv/app/hooks.ts:12:5" } },
      { fact: "event.dead", fields: { error: "Error", thrownAt: "/srv/app/hooks.ts:12:5" } },
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
      error: "TimeoutError: The handler was not done after 20 ms.",
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

test("what may not have been committed is tried again, which counts, and keeps its place until the queue has it", async () => {
  const put = Promise.withResolvers<void>();
  const done: string[] = [];
  await using app = startProcessor({
    handlers: async ({ eventId }, { attempt, tx }) => {
      done.push(`${eventId} ${attempt}`);
      await tx();
    },
    wrapLedger: losesFirstCommit,
    wrapQueue: (driver) => ({
      ...chaosQueue(driver, { random: () => 0 }),
      retry: async (delivery, options) => {
        await put.promise;
        done.push("put back");
        await driver.retry(delivery, options);
      },
    }),
  });
  const lane = { entity: "presence:1", state: null, revision: null };

  await app.put(aMessage({ ...lane, eventId: "first" }), aMessage({ ...lane, eventId: "second" }));
  await eventually(() => expect(app.log.facts()).toContain("event.commit_unknown"));
  await sleep(50);
  put.resolve();
  await app.settled();

  expect(done).toEqual(["first 1", "put back", "second 1", "first 2"]);
});
