import { expect, test } from "vitest";
import { Families } from "../../src/event/entity.ts";
import { parseBatch } from "../../src/event/envelope.ts";
import { MessageStream } from "./message-stream.ts";

test.each([1, 100])(
  "messages say of their bodies what a receiver would read in them, %i at once",
  (batch) => {
    const stream = new MessageStream(batch);

    for (let round = 1; round <= 4; round += 1) {
      const messages = stream.next();
      expect(messages).toHaveLength(batch);
      for (const { receivedAt, copy, replay, ...envelope } of messages) {
        const body = Buffer.from(envelope.body);
        expect(parseBatch(body, new Families()).envelopes).toEqual([{ ...envelope, body }]);
        expect({ receivedAt, copy, replay }).toMatchObject({ replay: false });
      }
    }
  },
);

test("no event and no copy comes twice", () => {
  const streams = [new MessageStream(50), new MessageStream(50)];

  const messages = streams.flatMap((stream) => [...stream.next(), ...stream.next()]);

  expect(new Set(messages.map(({ eventId }) => eventId)).size).toBe(200);
  expect(new Set(messages.map(({ copy }) => copy)).size).toBe(200);
});
