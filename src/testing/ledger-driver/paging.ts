import assert from "node:assert/strict";
import type { Message } from "../../event/message.ts";
import type { LedgerDriver } from "../../ledger/driver.ts";
import { aMessage } from "../builders.ts";
import { dead, idsOf, type LedgerCase, process, processAll, walk } from "./harness.ts";

const count = 25;

/** Some are received in the same millisecond, and every fifth is a dead letter. */
async function fill(ledger: LedgerDriver): Promise<readonly Message[]> {
  const start = Date.now() - 60_000;
  const messages = Array.from({ length: count }, (_, index) =>
    aMessage({ receivedAt: start + Math.floor(index / 3) }),
  );
  for (const [index, message] of messages.entries()) {
    if (index % 5 === 0) await process(ledger, message, dead("gave up"));
    else await process(ledger, message);
  }
  return messages;
}

/** Long lists come in pages. */
export const pagingCases: readonly LedgerCase[] = [
  {
    name: "gives each event on exactly one page, whatever the length of the pages",
    run: async ({ open }) => {
      const ledger = await open();
      const messages = await fill(ledger);
      const whole = idsOf(await walk(ledger, {}, 1_000));
      assert.deepEqual(whole.toSorted(), idsOf(messages).toSorted());

      for (const limit of [1, 2, 3, 7, 24, 25, 26]) {
        assert.deepEqual(idsOf(await walk(ledger, {}, limit)), whole, `pages of ${limit}`);
      }

      const deadOnes = idsOf(await walk(ledger, { status: "dead" }, 1_000));
      assert.equal(deadOnes.length, 5);
      assert.deepEqual(idsOf(await walk(ledger, { status: "dead" }, 2)), deadOnes);
      assert.deepEqual(idsOf(await walk(ledger, { text: "GAVE UP" }, 2)), deadOnes);
    },
  },
  {
    name: "fills a page if there are events enough and no text is searched",
    run: async ({ open }) => {
      const ledger = await open();
      await fill(ledger);

      const page = await ledger.list({}, 10, null);

      assert.equal(page.items.length, 10);
      assert.notEqual(page.next, null);
      assert.equal((await ledger.list({}, count, null)).next, null);
    },
  },
  {
    name: "keeps a cursor good while new events arrive, and after opening again",
    run: async ({ open }) => {
      const ledger = await open();
      await fill(ledger);
      const whole = idsOf(await walk(ledger, {}, 1_000));
      const { items, next } = await ledger.list({}, 10, null);
      assert.ok(next !== null);

      await processAll(
        ledger,
        Array.from({ length: 10 }, () => aMessage()),
      );

      const rest = idsOf(await walk(ledger, {}, 4, next));
      assert.deepEqual([...idsOf(items), ...rest], whole);
      await ledger.close();
      assert.deepEqual(idsOf(await walk(await open(), {}, 4, next)), rest);
    },
  },
  {
    name: "rejects a cursor that it never gave with a RangeError",
    run: async ({ open }) => {
      const ledger = await open();
      await fill(ledger);

      for (const cursor of ["no such place", "🙂", "-", "{}", "' or 1=1 --", "1e999", "\u0000"]) {
        await assert.rejects(() => ledger.list({}, 10, cursor), RangeError, JSON.stringify(cursor));
      }
    },
  },
];
