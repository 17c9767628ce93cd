import { afterEach, describe, expect, test, vi } from "vitest";
import { ClosedError, QueueUnavailableError } from "../errors.ts";
import { sleep } from "../lib/async/sleep.ts";
import { errorText } from "../lib/is-error.ts";
import { aroundQueue } from "../testing/around-queue.ts";
import { aMessage } from "../testing/builders.ts";
import { never, opened } from "../testing/queue-driver/harness.ts";
import type { QueueDepth, QueueDriver } from "./driver.ts";
import { memoryQueue } from "./drivers/memory/queue.ts";
import { Queue } from "./queue.ts";

afterEach(() => {
  vi.useRealTimers();
});

const messages = (count: number) => Array.from({ length: count }, () => aMessage());

/** A driver over memory of which some methods do something else. */
const driverWith = (changes: Partial<QueueDriver>): QueueDriver => ({
  ...aroundQueue(memoryQueue(), (call) => call),
  ...changes,
});

test("a message comes out as it was put in", async () => {
  const queue = new Queue(memoryQueue(), { highWater: 10 });
  await queue.own([0]);
  const message = aMessage({ revision: null, state: null, occurredAt: null });

  await queue.put([message]);
  const [delivery] = await queue.receive(1, never);

  expect(delivery?.attempt).toBe(1);
  const out = delivery && opened(delivery);
  expect({ ...out, body: [...(out?.body ?? [])] }).toEqual({ ...message, body: [...message.body] });
});

describe("the high-water mark", () => {
  test("lets messages in as long as fewer are waiting, and none beyond", async () => {
    const queue = new Queue(memoryQueue(), { highWater: 3 });
    await queue.put(messages(2));
    await queue.put(messages(2));

    const putting = queue.put(messages(1));

    await expect(putting).rejects.toThrow(QueueUnavailableError);
    await expect(putting).rejects.toThrow(
      "4 messages are waiting, and HOOKWELL_QUEUE_MAX (--queue-max) is 3: make sure that a worker handles them, or set it higher.",
    );
    expect((await queue.depth()).messages).toBe(4);
  });

  // An engine works on several calls together: the count has in it what is just being put, or has not.
  test.for([
    ["counts before it stores, and tells the count first", 0, 12],
    ["counts before it stores, and tells the count last", 0, 30],
    ["stores before it counts, and tells the count first", 10, 12],
    ["stores before it counts, and tells the count last", 10, 30],
  ] as const)("counts each message once, where the engine %s", async ([, countedIn, toldIn]) => {
    vi.useFakeTimers();
    const driver = memoryQueue();
    const queue = new Queue(
      driverWith({
        send: async (batch) => {
          await sleep(5);
          await driver.send(batch);
          await sleep(15);
        },
        depth: async () => {
          await sleep(countedIn);
          const depth = await driver.depth();
          await sleep(toldIn - countedIn);
          return depth;
        },
      }),
      { highWater: 3 },
    );
    const put = async (): Promise<boolean> => {
      const putting = queue.put(messages(1)).then(
        () => true,
        () => false,
      );
      await vi.advanceTimersByTimeAsync(50);
      return putting;
    };

    const areTaken = [await put(), await put(), await put(), await put()];
    await vi.advanceTimersByTimeAsync(1_000);
    const isTakenLater = await put();

    expect(areTaken).toEqual([true, true, true, false]);
    expect(isTakenLater).toBe(false);
  });

  describe("when a count takes a while, and all are handled meanwhile", () => {
    const fullQueue = async (countMs: number): Promise<Queue> => {
      vi.useFakeTimers();
      const driver = memoryQueue();
      const depth = async (): Promise<QueueDepth> => {
        await sleep(countMs);
        return { messages: 0, oldestAgeMs: 0 };
      };
      const queue = new Queue(driverWith({ send: (batch) => driver.send(batch), depth }), { highWater: 3 });
      await queue.put(messages(3));
      return queue;
    };

    test("refuses no longer than until the next count", async () => {
      const queue = await fullQueue(100);
      await vi.advanceTimersByTimeAsync(99);

      await expect(queue.put(messages(1))).rejects.toThrow("3 messages are waiting");
      await vi.advanceTimersByTimeAsync(1);
      const next = queue.put(messages(1));
      await vi.advanceTimersByTimeAsync(100);

      await expect(next).resolves.toBeUndefined();
    });

    test("takes the first one after a pause, which waits for the count, and refuses those beside it", async () => {
      const queue = await fullQueue(100);
      await vi.advanceTimersByTimeAsync(60_000);

      const first = queue.put(messages(1));
      await expect(queue.put(messages(1))).rejects.toThrow("3 messages are waiting");
      await vi.advanceTimersByTimeAsync(100);

      await expect(first).resolves.toBeUndefined();
    });

    test("refuses the first one too if the count does not end in time, or the queue is closed meanwhile", async () => {
      const queue = await fullQueue(2_000);
      await vi.advanceTimersByTimeAsync(60_000);

      const late = queue.put(messages(1)).catch(errorText);
      await vi.advanceTimersByTimeAsync(1_500);
      expect(await late).toContain("3 messages are waiting");
      await vi.advanceTimersByTimeAsync(60_000);
      await queue.put(messages(3));
      await vi.advanceTimersByTimeAsync(60_000);
      const closed = queue.put(messages(1)).catch((error: unknown) => error);
      await queue.close();
      await vi.advanceTimersByTimeAsync(1_500);

      expect(await closed).toBeInstanceOf(ClosedError);
    });
  });

  test("asks for one count at a time, however long it takes", async () => {
    const depth = vi.fn(() => new Promise<QueueDepth>(() => undefined));
    const queue = new Queue(driverWith({ depth }), { highWater: 10 });

    for (let puts = 0; puts < 3; puts += 1) await queue.put(messages(1));

    expect(depth).toHaveBeenCalledOnce();
  });

  test("does not count anew for each message that it refuses", async () => {
    vi.useFakeTimers();
    const driver = memoryQueue();
    const depth = vi.fn(() => driver.depth());
    const queue = new Queue(driverWith({ send: (batch) => driver.send(batch), depth }), { highWater: 1 });
    await queue.put(messages(1));

    for (let puts = 0; puts < 5; puts += 1) await expect(queue.put(messages(1))).rejects.toThrow("waiting");

    // One that this message may be in or not, and one that it is in.
    expect(depth).toHaveBeenCalledTimes(2);
  });

  test("knows of what was waiting before the start, soon", async () => {
    const driver = memoryQueue();
    await new Queue(driver, { highWater: 10 }).put(messages(5));
    const queue = new Queue(driver, { highWater: 5 });

    // The first is let in while the queue counts.
    await queue.put(messages(1));

    await expect(queue.put(messages(1))).rejects.toThrow(/6 messages are waiting|5 messages are waiting/);
  });

  test.each([
    ["", 0],
    [", also when the clock is set back", 3_600_000],
  ])("lets messages in again when others have gone, without being asked to count%s", async (_, backMs) => {
    vi.useFakeTimers({ toFake: ["Date", "performance"] });
    const driver = memoryQueue();
    const queue = new Queue(driver, { highWater: 2 });
    await queue.put(messages(2));
    await expect(queue.put(messages(1))).rejects.toThrow(QueueUnavailableError);
    await driver.own([0]);
    await driver.ack(await driver.receive(10, never));

    vi.setSystemTime(Date.now() - backMs);
    vi.advanceTimersByTime(1_000);

    await expect(queue.put(messages(1))).resolves.toBeUndefined();
  });

  test("is counted anew also after a count that failed", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const driver = memoryQueue();
    await new Queue(driver, { highWater: 10 }).put(messages(5));
    const depth = vi.fn(() => driver.depth()).mockRejectedValueOnce(new Error("away"));
    const queue = new Queue(driverWith({ send: (batch) => driver.send(batch), depth }), { highWater: 5 });
    await queue.put(messages(1));

    vi.advanceTimersByTime(1_000);
    await queue.put(messages(1));

    await expect(queue.put(messages(1))).rejects.toThrow(/[67] messages are waiting/);
  });

  test("is not counted anew for each message", async () => {
    vi.useFakeTimers({ toFake: ["performance"] });
    const driver = memoryQueue();
    const depth = vi.fn(() => driver.depth());
    const queue = new Queue(driverWith({ depth }), { highWater: 1_000 });

    for (let put = 0; put < 100; put += 1) await queue.put(messages(1));

    expect(depth).toHaveBeenCalledTimes(1);
  });
});

test("an engine that stalls does not fill the memory", async () => {
  const queue = new Queue(driverWith({ send: () => new Promise(() => undefined) }), { highWater: 1_000_000 });
  const large = aMessage({ body: new Uint8Array(100 * 1024 * 1024) });
  const stalled = [1, 2, 3].map(() => queue.put([large]));

  await expect(queue.put(messages(1))).rejects.toThrow(QueueUnavailableError);

  expect(stalled).toHaveLength(3);
});

test("what an engine has refused does not count as what it stalls", async () => {
  const send = vi.fn<QueueDriver["send"]>().mockRejectedValue(new Error("disk full"));
  const queue = new Queue(driverWith({ send }), { highWater: 1_000_000 });
  const large = aMessage({ body: new Uint8Array(100 * 1024 * 1024) });
  for (let put = 0; put < 3; put += 1) await expect(queue.put([large])).rejects.toThrow("disk full");

  send.mockResolvedValue();

  await expect(queue.put(messages(1))).resolves.toBeUndefined();
});

describe("what an engine throws", () => {
  const broken = (): Promise<never> => Promise.reject(new Error("disk full"));

  test.each<[string, Partial<QueueDriver>, (queue: Queue) => Promise<unknown>]>([
    ["put", { send: broken }, (queue) => queue.put(messages(1))],
    ["receive", { receive: broken }, (queue) => queue.receive(1, never)],
    ["ack", { ack: broken }, (queue) => queue.ack([])],
    ["extend", { extend: broken }, (queue) => queue.extend([])],
    ["depth", { depth: broken }, (queue) => queue.depth()],
    [
      "retry",
      { retry: broken },
      (queue) => queue.retry({ receipt: "", message: aMessage(), attempt: 1 }, { delayMs: 0, attempt: 2 }),
    ],
  ])("%s says in our words, with the cause", async (_, changes, call) => {
    const failing = call(new Queue(driverWith(changes), { highWater: 10 }));

    await expect(failing).rejects.toThrow(QueueUnavailableError);
    await expect(failing).rejects.toThrow(/^The queue cannot .*: disk full$/);
    await expect(failing).rejects.toMatchObject({ code: "QUEUE_UNAVAILABLE", cause: new Error("disk full") });
  });

  test("is passed on if it is one of ours", async () => {
    const own = new QueueUnavailableError("as it is");
    const queue = new Queue(driverWith({ send: () => Promise.reject(own) }), { highWater: 10 });

    await expect(queue.put(messages(1))).rejects.toBe(own);
  });

  test("while it counts does not keep a message out", async () => {
    const queue = new Queue(driverWith({ depth: broken }), { highWater: 10 });

    await expect(queue.put(messages(1))).resolves.toBeUndefined();
  });
});

test("a queue that is closed says so, and may be closed twice", async () => {
  const close = vi.fn(async () => undefined);
  const queue = new Queue(driverWith({ close }), { highWater: 10 });

  await Promise.all([queue.close(), queue.close()]);

  expect(close).toHaveBeenCalledTimes(1);
  const calls = [
    () => queue.put(messages(1)),
    () => queue.own([0]),
    () => queue.reserve({ name: "one", isShared: false }),
    () => queue.receive(1, never),
    () => queue.ack([]),
    () => queue.retry({ receipt: "1", attempt: 1, message: aMessage() }, { delayMs: 0, attempt: 2 }),
    () => queue.extend([]),
    () => queue.depth(),
    () => queue.report(),
  ];
  for (const call of calls) await expect(call()).rejects.toThrow(ClosedError);
});

test("a call that fails since the queue is closed meanwhile says so", async () => {
  const sending = Promise.withResolvers<void>();
  const queue = new Queue(driverWith({ send: () => sending.promise }), { highWater: 10 });
  const put = queue.put(messages(1));

  const closed = queue.close();
  sending.reject(new QueueUnavailableError("the connection is gone"));

  await expect(put).rejects.toThrow(ClosedError);
  await closed;
});
