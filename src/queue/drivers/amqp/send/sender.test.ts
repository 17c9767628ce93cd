import type { Channel } from "rabbitmq-client";
import { expect, onTestFinished, test, vi } from "vitest";
import { UnderWay } from "../../../../lib/async/under-way.ts";
import { aMessage } from "../../../../testing/builders.ts";
import { AmqpNames } from "../topology/names.ts";
import { patienceMs } from "../patience.ts";
import { AmqpSender, type SendLink } from "./sender.ts";
import type { AmqpSession } from "../connection/session.ts";

/** A sender to a server that confirms each message when it is told to. */
function sending() {
  const published: PromiseWithResolvers<void>[] = [];
  const basicPublish = (): Promise<void> => {
    const confirmed = Promise.withResolvers<void>();
    published.push(confirmed);
    return confirmed.promise;
  };
  const link: SendLink = {
    channel: { basicPublish } as unknown as Channel,
    returned: 0,
    overdue: new UnderWay(),
  };
  const session = { get: () => link } as unknown as AmqpSession<SendLink>;
  return { link, published, sender: new AmqpSender(session, new AmqpNames("test")) };
}

test("while a confirmation is overdue nothing is sent, and all goes on once it has come", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  onTestFinished(() => void vi.useRealTimers());
  const { published, sender } = sending();
  const [[late]] = await Promise.all([
    Promise.allSettled([sender.send([aMessage()])]),
    vi.advanceTimersByTimeAsync(patienceMs),
  ]);
  expect(late).toMatchObject({ status: "rejected", reason: { code: "QUEUE_UNAVAILABLE" } });

  await expect(sender.send([aMessage()])).rejects.toThrow("has not confirmed earlier messages yet");
  expect(published).toHaveLength(1);

  published[0]?.resolve();
  await sender.idle();
  const next = sender.send([aMessage()]);
  published[1]?.resolve();
  await expect(next).resolves.toBeUndefined();
});

test("a message that comes back right behind its confirmation is not stored", async () => {
  const { link, published, sender } = sending();
  const sent = sender.send([aMessage()]);

  setImmediate(() => (link.returned += 1));
  published[0]?.resolve();

  await expect(sent).rejects.toThrow("had no queue for a message");
});
