import assert from "node:assert/strict";
import {
  assertEmpty,
  assertSilent,
  attemptsOf,
  collect,
  messageOf,
  messages,
  ownAll,
  owned,
  type QueueCase,
  takeOne,
  takeTwo,
  textsOf,
} from "./harness.ts";

/** What was acknowledged is gone; nothing else is. */
export const acknowledgingCases: readonly QueueCase[] = [
  {
    name: "forgets for good what is acknowledged",
    run: async ({ open }) => {
      const driver = await owned(open({ leaseMs: 250 }));
      await driver.send(messages("message", 3));

      await driver.ack(await collect(driver, 3));

      await assertEmpty(driver);
      await assertSilent(driver, 600);
      await driver.close();
      const reopened = await owned(open({ leaseMs: 250 }));
      await assertEmpty(reopened);
      await assertSilent(reopened, 300);
    },
  },
  {
    name: "passes over an acknowledgement of what is gone already",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("message", 2));
      const [first, second] = await takeTwo(driver);

      await driver.ack([first]);
      await driver.ack([first]);
      await driver.ack([first, second]);
      await driver.ack([]);

      await assertEmpty(driver);
    },
  },
  {
    // Its handler has done the work, so forgetting the message is right; but so is handing it out once more, for the
    // ledger knows it. Only another message may never be hit.
    name: "survives an acknowledgement that comes after the shard has changed hands",
    run: async ({ open }) => {
      const [slow, other] = [await owned(open()), await open()];
      await slow.send([messageOf("slow")]);
      const late = await takeOne(slow);
      await ownAll(other);
      const again = await takeOne(other);
      await other.send([messageOf("next")]);

      await slow.ack([late]);

      await other.ack([again]);
      assert.deepEqual(textsOf([await takeOne(other)]), ["next"]);
    },
  },
  {
    name: "passes over an acknowledgement, by who has lost the shard, of what its new owner has acknowledged",
    run: async ({ open }) => {
      const [slow, other] = [await owned(open()), await open()];
      await slow.send([messageOf("slow")]);
      const late = await takeOne(slow);
      await ownAll(other);
      await other.ack([await takeOne(other)]);
      await other.send([messageOf("next")]);

      await slow.ack([late]);

      assert.deepEqual(textsOf([await takeOne(other)]), ["next"]);
    },
  },
  {
    name: "survives an acknowledgement that comes after the lease has ended",
    run: async ({ open }) => {
      const driver = await owned(open({ leaseMs: 250 }));
      await driver.send([messageOf("slow")]);
      const late = await takeOne(driver);
      const again = await takeOne(driver);
      await driver.send([messageOf("next")]);

      await driver.ack([late]);

      await driver.ack([again]);
      assert.deepEqual(textsOf([await takeOne(driver)]), ["next"]);
    },
  },
  {
    name: "brings back only what was not acknowledged of a send of many",
    run: async ({ open }) => {
      const driver = await owned(open({ leaseMs: 600 }));
      await driver.send(messages("message", 10));
      const deliveries = await collect(driver, 10);

      await driver.ack(deliveries.filter((_, index) => index % 2 === 0));

      const back = await collect(driver, 5);
      const odd = ["message 1", "message 3", "message 5", "message 7", "message 9"];
      assert.deepEqual(textsOf(back).toSorted(), odd);
      assert.deepEqual(attemptsOf(back), [2, 2, 2, 2, 2]);
      await driver.ack(back);
      await assertEmpty(driver);
    },
  },
  {
    name: "takes acknowledgements in any order, of several sends at once",
    run: async ({ open }) => {
      const driver = await owned(open());
      await driver.send(messages("first", 5));
      await driver.send(messages("second", 5));
      const deliveries = await collect(driver, 10);

      await driver.ack(deliveries.slice(4, 8).toReversed());

      assert.equal((await driver.depth()).messages, 6);
      await driver.ack([...deliveries.slice(8), ...deliveries.slice(0, 4)]);
      await assertEmpty(driver);
    },
  },
];
