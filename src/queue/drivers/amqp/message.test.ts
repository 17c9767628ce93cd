import type { AsyncMessage } from "rabbitmq-client";
import { expect, test } from "vitest";
import type { Message } from "../../../event/message.ts";
import { aMessage } from "../../../testing/builders.ts";
import { messageOf, publishedOf } from "./message.ts";

const read = (message: Message): Message | RangeError => {
  const { envelope, body } = publishedOf(message, "exchange", 0);
  return messageOf({ ...envelope, body } as AsyncMessage);
};

test("what has values that no event has is no message", () => {
  const [sound, unsound] = [aMessage(), aMessage({ receivedAt: 1e300 })];

  expect(read(sound)).toEqual({ ...sound, body: Buffer.from(sound.body) });
  expect(read(unsound)).toEqual(new RangeError("A message with values that no event has."));
});
