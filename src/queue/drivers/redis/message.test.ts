import { expect, test } from "vitest";
import type { Message } from "../../../event/message.ts";
import { aMessage } from "../../../testing/builders.ts";
import { fieldsOf, messageOf } from "./message.ts";

const written = (message: Message): Buffer[] =>
  fieldsOf(message, []).map((field) => (typeof field === "string" ? Buffer.from(field) : field));

test("an entry with values that no event has is no message", () => {
  const [sound, unsound] = [aMessage(), aMessage({ receivedAt: 1e300 })];

  expect(messageOf(written(sound))).toEqual({ ...sound, body: Buffer.from(sound.body) });
  expect(messageOf(written(unsound))).toEqual(new RangeError("A message with values that no event has."));
});
