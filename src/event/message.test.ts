import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { EntityKey, StateKey } from "./entity.ts";
import type { EventId } from "./envelope.ts";
import { decodeMessage, encodeMessage, encodeMessages, type Message, readMessage } from "./message.ts";

const text = fc.string({ unit: "binary" });
const anyMessage: fc.Arbitrary<Message> = fc.record({
  eventId: text.map((id) => id as EventId),
  name: text,
  entity: text.map((key) => key as EntityKey),
  state: fc.option(text.map((key) => key as StateKey)),
  revision: fc.option(fc.maxSafeNat()),
  occurredAt: fc.option(fc.integer({ min: -8.64e15, max: 8.64e15 })),
  accountId: fc.oneof(text, fc.maxSafeInteger(), fc.constant(null)),
  apiSpaceId: fc.option(text),
  receivedAt: fc.maxSafeNat(),
  copy: text,
  replay: fc.boolean(),
  body: fc.uint8Array(),
});

const aMessage: Message = {
  eventId: "e1" as EventId,
  name: "message.sent",
  entity: "message:m1" as EntityKey,
  state: "message:m1" as StateKey,
  revision: 2,
  occurredAt: 1_741_083_322_004,
  accountId: 48_213,
  apiSpaceId: null,
  receivedAt: 1_741_083_323_000,
  copy: "c1",
  replay: false,
  body: Buffer.from('{"eventId":"e1"}'),
};

describe("a message", () => {
  test("is the same after it was bytes, with any body", () => {
    fc.assert(
      fc.property(anyMessage, (message) => {
        const decoded = decodeMessage(encodeMessage(message));

        expect({ ...decoded, body: [...decoded.body] }).toEqual({ ...message, body: [...message.body] });
      }),
    );
  });

  test("is the same among others, whatever characters the others hold", () => {
    fc.assert(
      fc.property(fc.array(anyMessage), (messages) => {
        const { bytes, lengths } = encodeMessages(messages);

        let at = 0;
        const parts = [...lengths].map((length) => bytes.subarray(at, (at += length)));
        expect(parts.map((part) => Buffer.from(part))).toEqual(
          messages.map((message) => Buffer.from(encodeMessage(message))),
        );
        expect(at).toBe(bytes.length);
      }),
    );
  });

  test("is read from the middle of a larger buffer", () => {
    const bytes = encodeMessage(aMessage);
    const around = Buffer.concat([Buffer.alloc(7, 1), bytes, Buffer.alloc(9, 2)]);

    const decoded = decodeMessage(around.subarray(7, 7 + bytes.length));

    expect(Buffer.from(decoded.body)).toEqual(aMessage.body);
    expect(decoded.eventId).toBe("e1");
  });

  test.each([
    ["nothing", Buffer.alloc(0), "A message of format (none); this Hookwell knows format 1."],
    ["a newer format", Buffer.from([2, 0, 0, 0, 0]), "A message of format 2; this Hookwell knows format 1."],
    ["less than a length", Buffer.from([1, 0, 0]), "A message that is cut off."],
    ["half a header", encodeMessage(aMessage).subarray(0, 40), "A message that is cut off."],
    ["a broken header", Buffer.from("\u0001\0\0\0\u0002{x"), "A message whose header is damaged."],
    ["a header that is no list", Buffer.from("\u0001\0\0\0\u0002{}"), "A message whose header is damaged."],
    ["a list too short", Buffer.from("\u0001\0\0\0\u0002[]"), "A message whose header is damaged."],
    ["no header", Buffer.from([1, 0, 0, 0, 0]), "A message whose header is damaged."],
  ])("is not read from %s", (_, bytes, message) => {
    expect(() => decodeMessage(bytes)).toThrow(new RangeError(message));
    expect(readMessage(bytes)).toEqual(new RangeError(message));
  });
});
