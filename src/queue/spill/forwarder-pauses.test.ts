import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { QueueUnavailableError } from "../../errors.ts";
import { encodeMessage } from "../../event/message.ts";
import { messageOf, textOf } from "../../testing/queue-driver/harness.ts";
import { silentLog } from "../../log.ts";
import { memoryQueue } from "../drivers/memory/queue.ts";
import { Forwarder } from "./forwarder.ts";
import { Line } from "./line.ts";
import type { SpillRow } from "./store.ts";

const minutes = 60_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ["performance", "setTimeout", "clearTimeout"] }));
afterEach(() => void vi.useRealTimers());

/** What waits is in memory; the disk fails in what it is told to. */
function aForwarder(fails: readonly ("adopt" | "remove")[]) {
  const engine = memoryQueue();
  const line = new Line(1, false);
  let rows: SpillRow[] = [];
  let ids = 0;
  const trouble = new QueueUnavailableError("trouble");
  const forwarder = new Forwarder({
    engine,
    line,
    log: silentLog,
    onEmpty: async () => undefined,
    slot: {
      add: async () => undefined,
      next: async ({ sent }) => rows.filter(({ id }) => !sent.includes(id)),
      remove: async (ids) => {
        if (fails.includes("remove")) throw trouble;
        rows = rows.filter(({ id }) => !ids.includes(id));
      },
      depth: async () => ({ messages: rows.length, oldestAgeMs: 0, newestAt: 0 }),
      adopt: async () => {
        if (fails.includes("adopt")) throw trouble;
      },
      close: async () => undefined,
    },
  });
  return {
    forwarder,
    put: (text: string): void => {
      line.enter([0]);
      rows.push({ id: (ids += 1), shard: 0, lane: "a", at: 0, message: encodeMessage(messageOf(text)) });
      forwarder.wake();
    },
    got: async () => {
      await engine.own([0]);
      return (await engine.receive(100, AbortSignal.timeout(1_000))).map(textOf);
    },
  };
}

test("what a dead process left and nobody can read makes nobody wait", async () => {
  const { forwarder, put, got } = aForwarder(["adopt"]);
  await vi.advanceTimersByTimeAsync(5 * minutes + 50);

  put("a");
  await vi.advanceTimersByTimeAsync(10);

  expect(await got()).toEqual(["a"]);
  await forwarder.stop();
});

test("what was forwarded and cannot be removed makes nobody wait", async () => {
  const { forwarder, put, got } = aForwarder(["remove"]);
  put("first");
  await vi.advanceTimersByTimeAsync(2 * minutes);
  expect(await got()).toEqual(["first"]);

  for (let event = 0; event < 20; event += 1) {
    put(`event ${event}`);
    await vi.advanceTimersByTimeAsync(10);
    expect(await got()).toEqual([`event ${event}`]);
    await vi.advanceTimersByTimeAsync(700);
  }

  await forwarder.stop();
});
