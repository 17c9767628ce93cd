import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { timed } from "../eventually.ts";
import {
  assertEmpty,
  assertSilent,
  collect,
  messageOf,
  messages,
  opened,
  ownAll,
  owned,
  type QueueCase,
  takeOne,
  takeTwo,
  textsOf,
} from "./harness.ts";

/** Clocks are read in whole milliseconds, and on both sides. */
const clockMs = 20;

/** A message may be put back for later, without a moment in which it is lost or there twice. */
export const retryingCases: readonly QueueCase[] = [
  {
    name: "hands out a retried message after its delay, with the given attempt and the same bytes",
    run: async ({ open }) => {
      const driver = await owned(open());
      const body = Uint8Array.of(0, 255, 128, 10);
      await driver.send([messageOf(body)]);
      const delivery = await takeOne(driver);

      const { ms, value: again } = await timed(async () => {
        await driver.retry(delivery, { delayMs: 400, attempt: 7 });
        return takeOne(driver);
      });

      assert.ok(ms >= 400 - clockMs, `it came after ${ms} ms`);
      assert.equal(again.attempt, 7);
      assert.deepEqual(Buffer.from(opened(again).body), Buffer.from(body));
      await driver.ack([again]);
      await assertEmpty(driver);
    },
  },
  {
    name: "hands out at once what is retried without delay",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send([messageOf("again")]);

      await driver.retry(await takeOne(driver), { delayMs: 0, attempt: 2 });

      const [again] = await collect(driver, 1, { withinMs: 3_000 });
      assert.equal(again?.attempt, 2);
    },
  },
  {
    name: "goes on counting from the attempt that a retry set",
    run: async ({ open }) => {
      const driver = await owned(open({ leaseMs: 250 }));
      await driver.send([messageOf("again")]);
      await driver.retry(await takeOne(driver), { delayMs: 0, attempt: 5 });

      const attempts = [(await takeOne(driver)).attempt, (await takeOne(driver)).attempt];

      assert.deepEqual(attempts, [5, 6]);
    },
  },
  {
    name: "holds back no other message while one is delayed",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 3));
      const first = await takeOne(driver);

      await driver.retry(first, { delayMs: 60_000, attempt: 2 });

      const rest = await collect(driver, 2, { withinMs: 3_000 });
      assert.deepEqual(textsOf(rest), ["message 1", "message 2"]);
      await assertSilent(driver, 300);
    },
  },
  {
    name: "retries one message of a send of many, and leaves the others leased",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 4));
      const deliveries = await collect(driver, 4);
      const [, second] = deliveries;
      assert.ok(second !== undefined);

      await driver.retry(second, { delayMs: 0, attempt: 2 });

      assert.deepEqual(textsOf([await takeOne(driver)]), ["message 1"]);
      await assertSilent(driver, 300);
      assert.equal((await driver.depth()).messages, 4);
    },
  },
  {
    name: "keeps the order of what was sent back as too early at different times",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 2));
      const [older, newer] = await takeTwo(driver);

      await driver.retry(older, { delayMs: 0, attempt: 1 });
      const again = await takeOne(driver);
      await driver.retry(newer, { delayMs: 0, attempt: 1 });
      await driver.retry(again, { delayMs: 0, attempt: 1 });

      assert.deepEqual(textsOf(await collect(driver, 2, { withinMs: 3_000 })), ["message 0", "message 1"]);
    },
  },
  {
    name: "keeps back what was sent back as too early until its time, also if that is behind the end of its lease",
    run: async ({ open }) => {
      const driver = await owned(open({ leaseMs: 1_000 }));
      await driver.send([messageOf("later")]);
      const delivery = await takeOne(driver);

      const { ms, value: again } = await timed(async () => {
        await driver.retry(delivery, { delayMs: 1_600, attempt: 1 });
        return takeOne(driver);
      });

      assert.ok(ms >= 1_600 - clockMs, `it came after ${ms} ms`);
      assert.equal(again.attempt, 1);
    },
  },
  {
    // Such a retry comes from a worker that was too slow; had it an effect, the message would be there twice.
    name: "brings nothing back when a message that is gone is retried",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 1));
      const delivery = await takeOne(driver);
      await driver.ack([delivery]);

      await driver.retry(delivery, { delayMs: 0, attempt: 2 });

      await assertEmpty(driver);
      await assertSilent(driver, 300);
    },
  },
  {
    // Whether such a retry has an effect is left open, and so is what the holder's acknowledgement then does; the
    // ledger knows an event that is handled twice. But one message stays one message, until it is acknowledged.
    name: "neither loses nor doubles a message that is retried after its shard has changed hands and its lease has ended",
    run: async ({ open }) => {
      const [slow, other] = [await owned(open({ leaseMs: 250 })), await open({ leaseMs: 250 })];
      await slow.send([messageOf("one")]);
      const late = await takeOne(slow);
      await ownAll(other);
      await takeOne(other);

      await slow.retry(late, { delayMs: 0, attempt: 9 });

      assert.equal((await other.depth()).messages, 1);
      const again = await takeOne(other);
      assert.deepEqual(textsOf([again]), ["one"]);
      await other.ack([again]);
      await assertEmpty(other);
      await assertSilent(other, 600);
    },
  },
  {
    name: "keeps a delayed message, its delay and its attempt when the driver is closed and opened again",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send([messageOf("later")]);
      const delivery = await takeOne(driver);

      const { ms, value: again } = await timed(async () => {
        await driver.retry(delivery, { delayMs: 700, attempt: 3 });
        await driver.close();
        return takeOne(await owned(open()));
      });

      assert.ok(ms >= 700 - clockMs, `it came after ${ms} ms`);
      assert.deepEqual(textsOf([again]), ["later"]);
      assert.equal(again.attempt, 3);
    },
  },
  {
    name: "hands out what was handed out too early before all that was sent later, whoever has it next",
    run: async ({ open }) => {
      const [first, other] = [await owned(open()), await owned(open())];
      await first.send(messages("message", 3));
      await first.ack([await takeOne(first)]);
      const early = await takeOne(first);

      await first.retry(early, { delayMs: 0, attempt: early.attempt });
      await first.close();

      assert.deepEqual(textsOf([await takeOne(other)]), ["message 1"]);
    },
  },
  {
    name: "brings back after its delay what is extended while its retry is under way",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 20));
      const deliveries = await collect(driver, 20);
      const done = new AbortController();

      const retrying = deliveries.map((delivery) => driver.retry(delivery, { delayMs: 100, attempt: 2 }));
      const heard = Promise.all(retrying).finally(() => done.abort());
      const extending: Promise<void>[] = [];
      // In each turn of the event loop, so that one falls between the retry and its answer.
      for (; !done.signal.aborted; await setImmediate()) extending.push(driver.extend(deliveries));
      await Promise.all([heard, ...extending]);

      await collect(driver, 20, { withinMs: 5_000 });
    },
  },
  {
    // A newer revision whose retry was on its way must not begin behind an older one that came later.
    name: "hands out again in the order of the first hand-out what was not answered, also retries",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send([messageOf("newer")]);
      await driver.retry(await takeOne(driver), { delayMs: 0, attempt: 2 });
      await takeOne(driver);
      await driver.send([messageOf("older")]);
      await takeOne(driver);
      await driver.close();

      const again = await collect(await owned(open()), 2);

      assert.deepEqual(textsOf(again), ["newer", "older"]);
    },
  },
];
