import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { calm, cutOffBefore, gates, named, runsThatEnded } from "../../../test/support/processing/cut-off.ts";
import { startProcessor } from "../../../test/support/processing/processor.ts";
import { unhandled } from "../../../test/support/processing/unhandled.ts";
import type { Message } from "../../event/message.ts";
import { cutOff } from "../../ledger/driver.ts";
import { chaosLedger } from "../../testing/chaos.ts";
import { eventually } from "../../testing/eventually.ts";

const fatal = unhandled();

describe("an event that was handed out before and came to no end", () => {
  test("is written down before its handler runs, and that counts once", async () => {
    let seen: unknown;
    await using app = startProcessor({
      handlers: async ({ eventId }) => void (seen = await app.ledger.get(eventId)),
      wrapQueue: cutOffBefore({ a: 1 }),
    });

    await app.put(...named("a"));
    await app.settled();

    expect(seen).toMatchObject({ status: "pending", attempts: 1, error: cutOff });
    expect(await app.ledger.get("a")).toMatchObject({ status: "handled", attempts: 1, error: null });
  });

  test("does not run until the ledger knows of it", async () => {
    let failures = 2;
    await using app = startProcessor({
      wrapQueue: cutOffBefore({ a: 1 }),
      wrapLedger: (ledger) => ({
        ...chaosLedger(ledger, calm),
        begin: async (message, at) => {
          failures -= 1;
          if (failures >= 0) throw new Error("disk full");
          expect(app.runs).toEqual([]);
          await ledger.begin(message, at);
        },
      }),
    });

    await app.put(...named("a"));
    await app.settled();

    expect(app.log.facts()).toEqual([
      "ledger.begin_failed",
      "ledger.begin_failed",
      "ledger.begin_failed.recovered",
    ]);
    expect(app.handled).toEqual(["a"]);
  });

  test("keeps nobody waiting if it is the first time: a crash does that to all that is under way", async () => {
    const { handler, running, end } = gates();
    await using app = startProcessor({ handlers: handler, wrapQueue: cutOffBefore({ a: 1, b: 1, c: 1 }) });

    await app.put(...named("a", "b", "c", "d"));

    await eventually(() => expect(running()).toEqual(["a", "b", "c", "d"]));
    end("a", "b", "c", "d");
    await app.settled();
  });

  test("takes a slot like any other", async () => {
    const { handler, running, end } = gates();
    const options = { concurrency: 2, handlers: handler };
    await using app = startProcessor({ ...options, wrapQueue: cutOffBefore({ a: 2, b: 1 }) });
    const messages = named("a", "b", "c");
    for (const message of messages.slice(0, 1)) await runsThatEnded(app.ledger, message, 1);

    await app.put(...messages);
    await eventually(() => expect(running()).toHaveLength(2));
    await sleep(20);

    expect(running()).toHaveLength(2);
    while (app.handled.length < 3) {
      end(...running());
      await sleep(1);
    }
  });

  test("never becomes a dead letter because of that: only the runs count that the ledger knows", async () => {
    await using app = startProcessor({
      handlers: (_event, { attempt }) => {
        if (attempt < 12) throw new Error("broken");
      },
      maxAttempts: 3,
      wrapQueue: cutOffBefore({ a: 9 }),
    });

    await app.put(...named("a"));
    await app.settled();

    expect(app.runs.map(({ context }) => context.attempt)).toEqual([10, 11, 12]);
    expect(await app.ledger.get("a")).toMatchObject({ status: "handled", attempts: 3 });
  });
});

describe("a stop while a start is written down", () => {
  async function startBeginning() {
    const begun = Promise.withResolvers<void>();
    const begin = vi.fn((message: Message, at: number) =>
      begun.promise.then(() => app.ledger.begin(message, at)),
    );
    const app = startProcessor({
      wrapQueue: cutOffBefore({ a: 1 }),
      wrapLedger: (ledger) => ({ ...chaosLedger(ledger, calm), begin }),
    });
    await app.put(...named("a"));
    await eventually(() => expect(begin).toHaveBeenCalled());
    return { app, begun };
  }

  test("lets its handler run", async () => {
    const { app, begun } = await startBeginning();
    await using _end = app;

    const closed = app.processor.close(5_000);
    begun.resolve();
    await closed;

    expect(await app.ledger.get("a")).toMatchObject({ status: "handled", attempts: 1 });
    expect((await app.queueDriver.depth()).messages).toBe(0);
  });

  test("does not let it run when the time is over", async () => {
    const { app, begun } = await startBeginning();
    await using _end = app;

    await app.processor.close(10);
    begun.resolve();
    await sleep(5);

    expect(app.runs).toEqual([]);
    expect((await app.queueDriver.depth()).messages).toBe(1);
  });
});

test.each([
  ["back", -3_600_000],
  ["on", 3_600_000],
])("the time that a run took does not change when the clock is set %s meanwhile", async (_way, byMs) => {
  vi.useFakeTimers({ toFake: ["Date"] });
  onTestFinished(() => void vi.useRealTimers());
  const took: number[] = [];
  await using app = startProcessor({
    handlers: async () => {
      await sleep(20);
      vi.setSystemTime(Date.now() + byMs);
    },
    onAttempt: (_outcome, seconds) => took.push(seconds * 1_000),
  });
  const [before, put] = [Date.now(), performance.now()];

  await app.put(...named("a"));
  await app.settled();

  const elapsedMs = performance.now() - put;
  const [logged] = (await app.ledger.get("a"))?.attemptLog ?? [];
  took.push(Date.parse(logged?.endedAt ?? "") - Date.parse(logged?.startedAt ?? ""));
  expect(took).toHaveLength(2);
  for (const ms of took) {
    expect(ms).toBeGreaterThanOrEqual(19);
    // Times are written down in whole ms.
    expect(ms).toBeLessThanOrEqual(elapsedMs + 1);
  }
  expect(Date.parse(logged?.startedAt ?? "")).toBeGreaterThanOrEqual(before);
});

test("a handler that does not wait for a transaction which it cannot have ends no process", async () => {
  await using app = startProcessor({ handlers: (_event, context) => void context.tx() });

  await app.put(...named("a"));
  await app.settled();

  expect(await app.ledger.get("a")).toMatchObject({ status: "handled" });
  expect(fatal).toEqual([]);
});
