import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, onTestFinished, test, vi } from "vitest";
import { calm } from "../../test/support/processing/cut-off.ts";
import { forever, startProcessor } from "../../test/support/processing/processor.ts";
import { ClosedError } from "../errors.ts";
import type { CommitResult } from "../ledger/transaction.ts";
import { within } from "../lib/async/within.ts";
import { aMessage } from "../testing/builders.ts";
import { chaosLedger, chaosQueue } from "../testing/chaos.ts";
import { eventually } from "../testing/eventually.ts";
import { collect, never, opened } from "../testing/queue-driver/harness.ts";

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

  test("waits for a commit that is under way; one that fails counts as a run, and its event comes again", async () => {
    const committed = Promise.withResolvers<CommitResult>();
    const commit = vi.fn(() => committed.promise);
    const client = { query: async () => ({ rows: [], rowCount: 0 }) };
    const onAttempt = vi.fn();
    await using app = startProcessor({
      onAttempt,
      handlers: async (_event, { tx }) => {
        await tx();
      },
      wrapLedger: (ledger) => ({
        ...chaosLedger(ledger, { random: () => 0.5, delayMs: 20 }),
        transaction: async () => ({ client, commit, rollback: async () => undefined }),
      }),
    });
    const message = aMessage();
    await app.put(message);
    await eventually(() => expect(commit).toHaveBeenCalledOnce());

    const closed = app.processor.close(5_000).then(() => "closed");
    expect(await within(50, closed)).toBeUndefined();
    committed.resolve({ kind: "failed", error: new Error("refused") });
    await closed;

    expect(await app.detail(message)).toMatchObject({ status: "retrying", attempts: 1 });
    expect(onAttempt.mock.calls.map(([outcome]) => outcome)).toEqual(["retry"]);
    await app.queueDriver.own([0]);
    const [again] = await collect(app.queueDriver, 1);
    expect(again?.attempt).toBe(2);
  });

  test("is not needed by a queue that is closed already, which is asked once and not without end", async () => {
    const receive = vi.fn<() => Promise<never>>(async () => {
      // A loop without a pause would keep this test from its end.
      if (receive.mock.calls.length > 1_000) await forever();
      throw new ClosedError("queue");
    });
    await using app = startProcessor({ wrapQueue: (driver) => ({ ...chaosQueue(driver, calm), receive }) });
    await eventually(() => expect(receive).toHaveBeenCalled());

    await app.processor.close(1_000);

    expect(receive).toHaveBeenCalledOnce();
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

  test("waits until the queue has taken back what has not begun", async () => {
    const gate = Promise.withResolvers<void>();
    const takenBack = Promise.withResolvers<void>();
    const asked = vi.fn();
    await using app = startProcessor({
      handlers: () => gate.promise,
      concurrency: 1,
      wrapQueue: (driver) => ({
        ...chaosQueue(driver, calm),
        retry: async (delivery, options) => {
          asked();
          await takenBack.promise;
          return driver.retry(delivery, options);
        },
      }),
    });
    await app.put(aMessage(), aMessage());
    await eventually(() => expect(app.runs).toHaveLength(1));

    const closed = app.processor.close(5_000).then(() => "closed");
    gate.resolve();
    await eventually(() => expect(asked).toHaveBeenCalledOnce());
    expect(await within(20, closed)).toBeUndefined();
    takenBack.resolve();

    expect(await closed).toBe("closed");
  });

  test("leaves a handler that does not end in time; its event stays unsettled, and comes back", async () => {
    const onAttempt = vi.fn();
    await using app = startProcessor({ handlers: forever, leaseMs: 300, onAttempt });
    const message = aMessage();
    await app.put(message);
    await eventually(() => expect(app.runs).toHaveLength(1));

    await app.processor.close(20);

    expect(app.runs[0]?.context.signal.aborted).toBe(true);
    expect(app.log.lines).toContainEqual({
      level: "warn",
      fact: "event.cut_off",
      fields: { eventId: message.eventId, name: message.name, attempt: 1 },
    });
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

  test("extends no lease any more: what is left is for others", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    onTestFinished(() => void vi.useRealTimers());
    const extend = vi.fn(async () => undefined);
    await using app = startProcessor({
      handlers: forever,
      leaseMs: 300,
      wrapQueue: (driver) => ({ ...chaosQueue(driver, calm), extend }),
    });
    await app.put(aMessage());
    await eventually(() => expect(app.runs).toHaveLength(1));
    vi.advanceTimersByTime(300);
    expect(extend).toHaveBeenCalled();

    await app.processor.close(20);
    extend.mockClear();
    vi.advanceTimersByTime(300);

    expect(extend).not.toHaveBeenCalled();
  });

  test("does not wait for an engine that is down", async () => {
    const broken = (): Promise<never> => Promise.reject(new Error("down"));
    await using app = startProcessor({
      wrapLedger: (ledger) => ({ ...chaosLedger(ledger, calm), admit: broken }),
    });
    await app.put(aMessage());
    await eventually(() => expect(app.log.facts()).toEqual(["ledger.admit_failed"]));

    await app.processor.close(30);

    expect((await app.queueDriver.depth()).messages).toBe(1);
  });

  test("may be asked for twice", async () => {
    await using app = startProcessor();

    await Promise.all([app.processor.close(), app.processor.close()]);

    await app.put(aMessage());
    await sleep(20);
    expect(app.runs).toEqual([]);
  });
});
