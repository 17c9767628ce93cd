import type { Channel } from "rabbitmq-client";
import { describe, expect, test, vi } from "vitest";
import { declare } from "./declare.ts";
import { AmqpNames } from "./names.ts";

const refusal = (code: string, message: string): Error => Object.assign(new Error(message), { code });

type QueueDeclare = (asked: { queue: string }) => Promise<void>;

const names = new AmqpNames("test");
const notReady = refusal(
  "NOT_FOUND",
  "QueueDeclare: NOT_FOUND - home node 'rabbit@a' of durable queue 'test.delay.6' in vhost '/' is down or inaccessible",
);

/** Opens channels on which everything is declared, but for the queues that `queueDeclare` refuses. */
function channels(queueDeclare: QueueDeclare): { opened: Set<unknown>; open: () => Promise<Channel> } {
  const opened = new Set<unknown>();
  const open = async (): Promise<Channel> => {
    const done = async (): Promise<void> => undefined;
    const close = async (): Promise<void> => void opened.delete(channel);
    const channel = { queueDeclare, exchangeDeclare: done, queueBind: done, exchangeBind: done, close };
    opened.add(channel);
    return channel as unknown as Channel;
  };
  return { opened, open };
}

describe("a queue whose node seems to be down", () => {
  test("is asked for again: another connection may just be making it", async () => {
    const queueDeclare = vi.fn<QueueDeclare>(async () => undefined).mockRejectedValueOnce(notReady);
    const { opened, open } = channels(queueDeclare);

    await declare(open, { names, look: undefined });

    const [refused, ...declared] = queueDeclare.mock.calls.map(([{ queue }]) => queue);
    expect(declared).toEqual(expect.arrayContaining([refused, ...names.queues]));
    expect(opened.size).toBe(0);
  });

  test("is told of if that lasts", async () => {
    vi.useFakeTimers();
    try {
      const { opened, open } = channels(() => Promise.reject(notReady));
      const told = vi.fn<(error: unknown) => void>();
      void declare(open, { names, look: undefined }).catch(told);

      await vi.advanceTimersByTimeAsync(3_100);

      expect(told).toHaveBeenCalledWith(notReady);
      expect(opened.size).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});

test("what the server refuses for another reason is told at once", async () => {
  const refused = refusal("PRECONDITION_FAILED", "QueueDeclare: PRECONDITION_FAILED - inequivalent arg");
  const { opened, open } = channels(() => Promise.reject(refused));

  await expect(declare(open, { names, look: undefined })).rejects.toBe(refused);

  expect(opened.size).toBe(0);
});
