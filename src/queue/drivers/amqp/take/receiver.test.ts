import type { AsyncMessage, Channel } from "rabbitmq-client";
import { expect, test } from "vitest";
import { timed } from "../../../../testing/eventually.ts";
import type { Held } from "./held.ts";
import { AmqpNames } from "../topology/names.ts";
import type { ReceiveLink } from "./consumers.ts";
import { AmqpReceiver } from "./receiver.ts";
import type { AmqpSession } from "../connection/session.ts";

const ignore = (): void => undefined;

const topology = { names: new AmqpNames("hookwell"), look: undefined };
const listener = { taken: ignore, takenBack: ignore };

test("what is told of a channel that has gone is not held", async () => {
  let deliver: (message: AsyncMessage) => void = ignore;
  const consuming = { basicConsume: async (_: object, told: typeof deliver) => void (deliver = told) };
  const openFake = async (): Promise<Channel> => channelWith(consuming);
  const closeChannel = async (channel: Channel): Promise<void> => void (channel.active = false);
  const session = { get: () => link, closeChannel } as unknown as AmqpSession<ReceiveLink>;
  const receiver = new AmqpReceiver(session, topology, 10, listener);
  const link = await receiver.link(openFake, ignore);
  await receiver.own([1]);
  deliver({ deliveryTag: 1 } as AsyncMessage);
  expect(receiver.held.size).toBe(1);

  await receiver.own([]);
  // The client tells of what came a turn later.
  deliver({ deliveryTag: 2 } as AsyncMessage);

  expect(receiver.held.size).toBe(0);
});

test("what is given up is not held any more from that moment on, though its channel is not closed yet", async () => {
  let deliver: (message: AsyncMessage) => void = ignore;
  const consuming = { basicConsume: async (_: object, told: typeof deliver) => void (deliver = told) };
  const channel = channelWith(consuming);
  // The client says at once that a channel is not active any more.
  const closeChannel = (): Promise<void> => new Promise(() => (channel.active = false));
  const session = { get: () => link, closeChannel };
  const receiver = new AmqpReceiver(session as unknown as AmqpSession<ReceiveLink>, topology, 10, listener);
  const link = await receiver.link(async () => channel, ignore);
  await receiver.own([1]);
  deliver({ deliveryTag: 1 } as AsyncMessage);

  void receiver.own([]);

  expect(receiver.held.size).toBe(0);
  deliver({ deliveryTag: 2 } as AsyncMessage);
  expect(receiver.held.size).toBe(0);
});

test("the server has time for what is acknowledged while it closes", async () => {
  const receiver = new AmqpReceiver({} as AmqpSession<ReceiveLink>, topology, 10, listener);
  const storedAgain = Promise.withResolvers<void>();

  const closing = timed(() => receiver.close(storedAgain.promise));
  receiver.ack([{ order: 1, channel: { active: false } } as Held]);
  storedAgain.resolve();

  expect((await closing).ms).toBeGreaterThan(100);
});

/** A channel on which all goes well. */
const channelWith = (methods: object): Channel =>
  new Proxy({ active: true, ...methods } as Channel, {
    get: (channel, key) => Reflect.get(channel, key) ?? (key === "then" ? undefined : async () => undefined),
  });
