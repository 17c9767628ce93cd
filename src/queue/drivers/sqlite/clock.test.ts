import { describe, expect, test } from "vitest";
import {
  consumerOf,
  openTables,
  pass,
  start,
  stopClock,
  textsOf,
} from "../../../../test/support/drivers/sqlite-tables.ts";
import { bytesOf } from "../../../testing/bytes.ts";
import { eventually } from "../../../testing/eventually.ts";
import { queueClock } from "./clock.ts";
import { SqliteQueueStore } from "./store.ts";

stopClock();

describe("the clock", () => {
  test("does not go back behind what the file has seen, so that a retry waits as long as it was told to", async () => {
    await using tables = await openTables();
    const restarted = (): SqliteQueueStore => new SqliteQueueStore(tables.db, consumerOf("one"));
    const before = restarted();
    before.send([bytesOf("a")]);
    before.retry(before.claim(1)[0]?.receipt ?? "", bytesOf("a"), { ms: 20, attempt: 2 });

    pass(-3_600_000);
    const after = restarted();

    await eventually(() => expect(textsOf(after.claim(1))).toBe("a"));
    expect(after.depth().oldestAgeMs).toBeLessThan(10_000);
  });

  test("does not go back behind it for what came before that, either", async () => {
    await using tables = await openTables();
    const restarted = (): SqliteQueueStore => new SqliteQueueStore(tables.db, consumerOf("one"));
    restarted().send([bytesOf("a")]);

    pass(3_600_000);
    const ahead = restarted();
    ahead.retry(ahead.claim(1)[0]?.receipt ?? "", bytesOf("a"), { ms: 20, attempt: 2 });
    pass(-3_600_000);
    const after = restarted();

    await eventually(() => expect(textsOf(after.claim(1))).toBe("a"));
  });

  test("does not go back behind what the file has seen when another process, whose clock is behind, looked last", async () => {
    await using tables = await openTables();
    const [ahead, behind] = ([3_600_000, 0] as const).map(
      (ms) => new SqliteQueueStore(tables.db, consumerOf(`by ${ms} ms`), () => start + ms),
    );
    for (const letter of "ab") behind?.send([bytesOf(letter)]);

    for (const store of [ahead, behind]) store?.claim(1);

    expect(queueClock(tables.db)()).toBeGreaterThanOrEqual(start + 3_600_000);
  });

  test.each([
    ["waits", false],
    ["is to be tried again", true],
  ])(
    "does not go back behind the sending of a message that %s, so that its age is told",
    async (_, isTried) => {
      await using tables = await openTables();
      const ahead = new SqliteQueueStore(tables.db, consumerOf("ahead"), () => start + 3_600_000);
      ahead.send([bytesOf("a")]);
      for (const { receipt, body } of isTried ? tables.store.claim(1) : []) {
        tables.store.retry(receipt, body, { ms: 0, attempt: 2 });
      }

      expect(queueClock(tables.db)()).toBeGreaterThanOrEqual(start + 3_600_000);
    },
  );

  test("does not follow one that is set back while the process lives", async () => {
    await using tables = await openTables();
    const store = new SqliteQueueStore(tables.db, consumerOf("one"));
    store.send([bytesOf("a")]);
    const [first] = store.claim(1);
    pass(-3_600_000);

    store.retry(first?.receipt ?? "", bytesOf("a"), { ms: 20, attempt: 2 });

    await eventually(() => expect(textsOf(store.claim(1))).toBe("a"));
  });
});
