import type { AsyncMessage } from "rabbitmq-client";
import { expect, test } from "vitest";
import type { Message } from "../../../event/message.ts";
import { aMessage } from "../../../testing/builders.ts";
import { messageOf, publishedOf, vainHandOuts } from "./message.ts";

const read = (message: Message): Message | RangeError => {
  const { envelope, body } = publishedOf(message, "exchange", 0);
  return messageOf({ ...envelope, body } as AsyncMessage);
};

test("what has values that no event has is no message", () => {
  const [sound, unsound] = [aMessage(), aMessage({ receivedAt: 1e300 })];

  expect(read(sound)).toEqual({ ...sound, body: Buffer.from(sound.body) });
  expect(read(unsound)).toEqual(new RangeError("A message with values that no event has."));
});

test.for([
  { told: "only one count", headers: { "x-delivery-count": 2 }, vain: 2 },
  {
    told: "a greater count of what was acquired",
    headers: { "x-delivery-count": 1, "x-acquired-count": 3 },
    vain: 3,
  },
  { told: "no count", headers: {}, vain: 0 },
  { told: "what is no count", headers: { "x-delivery-count": Number.NaN }, vain: 0 },
])("a server that tells $told has handed out a message $vain times in vain", ({ headers, vain }) => {
  expect(vainHandOuts({ headers })).toBe(vain);
});
