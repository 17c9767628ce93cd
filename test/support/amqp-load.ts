import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { QueueDriver } from "../../src/queue/driver.ts";
import { aMessage } from "../../src/testing/builders.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { ownAll, textsOf } from "../../src/testing/queue-driver/harness.ts";

const batch = 20;

/** Senders that note what was confirmed, and a consumer that acknowledges what it sees. */
export interface AmqpLoad {
  readonly confirmed: () => number;
  /** Resolves when so many more than now are confirmed: the engine works. */
  readonly goesOn: (more: number) => Promise<void>;
  /** Stops sending; rejects if something that was confirmed never comes. */
  readonly finish: () => Promise<void>;
}

export async function amqpLoad(sender: QueueDriver, consumer: QueueDriver): Promise<AmqpLoad> {
  const [confirmed, seen] = [new Set<string>(), new Set<string>()];
  const [sent, received] = [new AbortController(), new AbortController()];
  let count = 0;
  const send = async (): Promise<void> => {
    while (!sent.signal.aborted) {
      const messages = Array.from({ length: batch }, () => textMessage(`event ${(count += 1)}`));
      try {
        await sender.send(messages);
        for (const text of textsOf(messages.map(delivered))) confirmed.add(text);
        await sleep(5);
      } catch {
        await sleep(50);
      }
    }
  };
  const consume = async (): Promise<void> => {
    while (!received.signal.aborted) {
      try {
        const deliveries = await consumer.receive(100, received.signal);
        await consumer.ack(deliveries);
        for (const text of textsOf(deliveries)) seen.add(text);
      } catch {
        await sleep(50);
      }
    }
  };
  await ownAll(consumer);
  const [sending, receiving] = [Promise.all([send(), send()]), consume()];
  return {
    confirmed: () => confirmed.size,
    goesOn: async (more) => {
      const goal = confirmed.size + more;
      await eventually(() => assert.ok(confirmed.size >= goal, `${confirmed.size} of ${goal}`), 30_000);
    },
    finish: async () => {
      sent.abort();
      await sending;
      await eventually(
        () =>
          assert.deepEqual(
            [...confirmed].filter((text) => !seen.has(text)),
            [],
          ),
        30_000,
      );
      await eventually(async () => assert.equal((await sender.depth()).messages, 0), 30_000);
      received.abort();
      await receiving;
    },
  };
}

const textMessage = (text: string): ReturnType<typeof aMessage> =>
  aMessage({ body: new TextEncoder().encode(text) });

const delivered = (message: ReturnType<typeof aMessage>): Parameters<typeof textsOf>[0][number] => ({
  message,
  receipt: "",
  attempt: 1,
});
