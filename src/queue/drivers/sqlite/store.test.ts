import { describe, expect, test } from "vitest";
import {
  attemptsOf,
  countOf,
  openTables,
  pass,
  receiptsOf,
  stopClock,
  textsOf,
} from "../../../../test/support/drivers/sqlite-tables.ts";
import { bytesOf } from "../../../testing/bytes.ts";

stopClock();

describe("a retry", () => {
  test.each([1, 2])(
    "waits to its end, whoever leaves or takes over, also after attempt %i",
    async (failed) => {
      await using tables = await openTables();
      tables.send("a");
      for (let attempt = 1; attempt <= failed; attempt += 1) {
        const [{ receipt } = { receipt: "" }] = tables.store.claim(1);
        const ms = attempt === failed ? 500 : 0;
        tables.store.retry(receipt, bytesOf("a"), { ms, attempt: attempt + 1 });
      }

      tables.store.release();
      tables.store.takeOver();

      expect(tables.store.claim(1)).toEqual([]);
      pass(500);
      expect(attemptsOf(tables.store.claim(1))).toEqual([failed + 1]);
    },
  );

  test("because it was too early leaves a message in its place, with its attempt", async () => {
    await using tables = await openTables();
    tables.send("abcd");
    const claimed = tables.store.claim(3);
    for (const index of [0, 1]) {
      const one = claimed[index];
      tables.store.park([{ receipt: one?.receipt ?? "", ms: 300, attempt: 1 }]);
    }

    expect(textsOf(tables.store.claim(10))).toBe("d");
    pass(300);
    const again = tables.store.claim(10);

    expect([textsOf(again), attemptsOf(again)]).toEqual(["ab", [1, 1]]);
    expect(tables.store.depth().messages).toBe(4);
  });

  test("of retries that were too early keeps them in the order in which they were handed out", async () => {
    await using tables = await openTables();
    tables.send("ab");
    for (const [index, { receipt, body }] of tables.store.claim(2).entries()) {
      tables.store.retry(receipt, body, { ms: 200 - index * 100, attempt: 2 });
    }
    pass(200);
    const early = tables.store.claim(2);
    tables.store.park(early.map(({ receipt, attempt }) => ({ receipt, ms: 100, attempt })));
    pass(100);

    const again = tables.store.claim(2);

    expect([early, again].map(textsOf)).toEqual(["ba", "ba"]);
  });

  test("of several that were too early, told together, hands out each again when it is due", async () => {
    await using tables = await openTables();
    tables.send("abc");
    const receipts = receiptsOf(tables.store.claim(3));
    tables.store.park(
      receipts.map((receipt, index) => ({ receipt, ms: [300, 600, 300][index] ?? 0, attempt: 1 })),
    );

    const claims = [300, 300].map((ms) => {
      pass(ms);
      return tables.store.claim(10);
    });

    expect(claims.map(textsOf)).toEqual(["ac", "b"]);
    expect(claims.flatMap(attemptsOf)).toEqual([1, 1, 1]);
  });

  test("of a message that is answered brings nothing back", async () => {
    await using tables = await openTables();
    tables.send("ab");
    const [first] = tables.store.claim(2);
    const receipt = first?.receipt ?? "";
    tables.store.ack([receipt]);

    tables.store.retry(receipt, bytesOf("a"), { ms: 0, attempt: 2 });
    tables.store.park([{ receipt, ms: 0, attempt: 1 }]);

    expect(tables.store.depth().messages).toBe(1);
    expect(tables.consumer("two").claim(10)).toEqual([]);
  });

  test("keeps the age of the message", async () => {
    await using tables = await openTables();
    tables.send("a");
    pass(60_000);
    const [first] = tables.store.claim(1);

    tables.store.retry(first?.receipt ?? "", bytesOf("a"), { ms: 0, attempt: 2 });

    expect(tables.store.depth().oldestAgeMs).toBe(60_000);
  });
});

test("to answer nothing writes nothing, as every batch does", async () => {
  await using tables = await openTables();
  const writes = (): unknown => tables.db.prepare("select total_changes() as count").get()?.["count"];
  const before = writes();

  tables.store.ack([]);

  expect(writes()).toBe(before);
});

test("nothing is left of messages that are all answered", async () => {
  await using tables = await openTables();
  tables.send("abcdef");
  const claimed = [...tables.store.claim(2), ...tables.store.claim(2), ...tables.store.claim(2)];
  const [retried, ...others] = claimed;
  tables.store.retry(retried?.receipt ?? "", bytesOf("a"), { ms: 0, attempt: 2 });

  const again = tables.store.claim(1);
  tables.store.ack(receiptsOf([...others, ...others, ...again, ...again]));

  const left = ["pack", "lease", "progress", "delayed"].map((table) => countOf(tables.db, table));
  expect(left).toEqual([0, 0, 0, 0]);
  expect(tables.store.depth().messages).toBe(0);
});

test("a late answer to a message that is gone is none to a newer one, in whichever order they were answered", async () => {
  await using tables = await openTables();
  tables.send("a");
  tables.send("b");
  const [first = "", second = ""] = receiptsOf(tables.store.claim(2));
  tables.store.ack([second]);
  tables.store.ack([first]);
  tables.send("c");

  tables.store.ack([first, second]);

  expect(tables.store.depth().messages).toBe(1);
  expect(textsOf(tables.store.claim(2))).toBe("c");
});
