import type { Delivery } from "../../queue/driver.ts";
import type { Message } from "../../event/message.ts";
import { aMessage } from "../builders.ts";
import assert from "node:assert/strict";
import { bytesOf } from "../bytes.ts";
import {
  assertEmpty,
  messages,
  collect,
  type QueueCase,
  takeOne,
  textsOf,
  messageOf,
  opened,
  owned,
} from "./harness.ts";

/** What is sent comes out: all of it, unchanged, in order. */
export const sendingCases: readonly QueueCase[] = [
  {
    name: "hands out what was sent",
    run: async ({ open }) => {
      const driver = await owned(open());

      await driver.send([messageOf("hello")]);

      const delivery = await takeOne(driver);
      assert.deepEqual(textsOf([delivery]), ["hello"]);
      assert.equal(delivery.attempt, 1);
      assert.equal(typeof delivery.receipt, "string");
    },
  },
  {
    name: "keeps every byte, whether text or not, of empty, small and large bodies",
    run: async ({ open }) => {
      const driver = await owned(open());
      const everyByte = Uint8Array.from({ length: 256 }, (_, index) => index);
      const noText = Uint8Array.of(0xff, 0xfe, 0x00, 0xc3, 0x28, 0xed, 0xa0, 0x80, 0x0d, 0x0a);
      const large = Uint8Array.from({ length: 1024 * 1024 }, (_, index) => (index * 31) % 251);
      // A part of a larger buffer, like the elements of a batch.
      const part = everyByte.subarray(100, 200);
      const sent = [new Uint8Array(), everyByte, noText, large, part];

      await driver.send(sent.map(messageOf));

      const received = await collect(driver, sent.length);
      assert.deepEqual(
        received.map((delivery) => Buffer.from(opened(delivery).body)),
        sent.map((body) => Buffer.from(body)),
      );
    },
  },
  {
    name: "keeps all that is known of an event beside its body, whatever the texts hold",
    run: async ({ open }) => {
      const driver = await owned(open());
      const odd = 'é \u0000\r\n: "🙂" % \u001f';
      const strange = {
        eventId: odd,
        name: odd,
        entity: odd,
        state: `${odd}2`,
        accountId: odd,
        apiSpaceId: odd,
      };
      const bare = { state: null, revision: null, occurredAt: null, accountId: null, apiSpaceId: null };
      const large = { revision: Number.MAX_SAFE_INTEGER, accountId: -1.5, occurredAt: -1, replay: true };
      const sent = [aMessage(), aMessage(strange), aMessage(bare), aMessage({ ...large, receivedAt: 0 })];

      await driver.send(sent);

      const received = (await collect(driver, sent.length)).map(fieldsOf);
      const byEvent = (a: { eventId: string }, b: { eventId: string }): number =>
        a.eventId < b.eventId ? -1 : 1;
      const expected = sent.map((message) => fieldsOf({ message }));
      assert.deepEqual(received.toSorted(byEvent), expected.toSorted(byEvent));
    },
  },
  {
    name: "keeps texts that are as long as those of an event may be, and takes as many bytes for each character as any",
    run: async ({ open }) => {
      const driver = await owned(open());
      const longest = "語".repeat(1_000);
      const texts = { eventId: longest, name: longest, accountId: longest, apiSpaceId: longest };
      const sent = aMessage({ ...texts, entity: `${longest}:${longest}`, state: null });
      await driver.send([sent]);

      const first = await takeOne(driver);
      await driver.retry(first, { delayMs: 0, attempt: 2 });
      const again = await takeOne(driver);

      for (const delivery of [first, again])
        assert.deepEqual(fieldsOf(delivery), fieldsOf({ message: sent }));
    },
  },
  {
    // A send that failed may be tried again, so a driver may neither change nor detach what it was given; and what it
    // has taken, a sender can no longer change.
    name: "leaves the bytes of the sender as they are, and keeps what they were",
    run: async ({ open }) => {
      const driver = await owned(open());
      const whole = bytesOf("[first,second]");
      const parts = [whole.subarray(1, 6), whole.subarray(7, 13)];

      await driver.send(parts.map(messageOf));
      await driver.send(parts.map(messageOf));

      assert.deepEqual(whole, bytesOf("[first,second]"));
      whole.fill(0);
      assert.deepEqual(textsOf(await collect(driver, 4)), ["first", "second", "first", "second"]);
    },
  },
  {
    name: "takes 500 messages in one send",
    run: async ({ open }) => {
      const driver = await owned(open());
      const sent = messages("message", 500);

      await driver.send(sent);

      const received: string[] = [];
      while (received.length < 500) {
        const some = await collect(driver, 100);
        received.push(...textsOf(some));
        await driver.ack(some);
      }
      assert.deepEqual(
        received,
        Array.from({ length: 500 }, (_, index) => `message ${index}`),
      );
    },
  },
  {
    name: "takes a send of nothing",
    run: async ({ open }) => {
      const driver = await owned(open());

      await driver.send([]);

      await assertEmpty(driver);
    },
  },
  {
    name: "hands out first what was sent first, over several sends",
    run: async ({ open }) => {
      const [sender, consumer] = [await open(), await owned(open())];
      await sender.send(messages("first", 3));
      await sender.send(messages("second", 1));
      await sender.send(messages("third", 4));

      const received = await collect(consumer, 8, { max: 3 });

      const order = ["first 0", "first 1", "first 2", "second 0", "third 0", "third 1", "third 2", "third 3"];
      assert.deepEqual(textsOf(received), order);
    },
  },
  {
    name: "keeps what was sent by several at the same time",
    run: async ({ open }) => {
      const [one, other] = [await open(), await open()];
      const names = Array.from({ length: 40 }, (_, index) => `sender ${index}`);

      await Promise.all(names.map((name, index) => (index % 2 === 0 ? one : other).send(messages(name, 5))));

      const received = await collect(await owned(open()), 200);
      const expected = names.flatMap((name) => [0, 1, 2, 3, 4].map((index) => `${name} ${index}`));
      assert.deepEqual(textsOf(received).toSorted(), expected.toSorted());
    },
  },
];

/** The fields that a message has in all its forms. */
function fieldsOf(delivery: Pick<Delivery, "message">): Message {
  const message = opened(delivery);
  const { eventId, name, entity, state, revision, occurredAt } = message;
  const { accountId, apiSpaceId, receivedAt, copy, replay } = message;
  const origin = { accountId, apiSpaceId, receivedAt, copy, replay };
  const body = Uint8Array.from(message.body);
  return { eventId, name, entity, state, revision, occurredAt, ...origin, body };
}
