import { describe, expect, test } from "vitest";
import {
  attemptsOf,
  countOf,
  leaseMs,
  openTables,
  pass,
  receiptsOf,
  stopClock,
  textsOf,
} from "../../../../test/support/drivers/sqlite-tables.ts";
import { bytesOf } from "../../../testing/bytes.ts";

stopClock();

describe("a lease", () => {
  test("that is extended for some messages ends for their neighbours", async () => {
    await using tables = await openTables();
    tables.send("abcdef");
    const claimed = tables.store.claim(6);
    pass(leaseMs / 2);

    tables.store.extend(receiptsOf([1, 2, 5].flatMap((index) => claimed[index] ?? [])));
    // Neighbours that end together share a lease.
    expect(countOf(tables.db, "lease")).toBe(4);
    pass(leaseMs / 2);

    expect(textsOf(tables.consumer("two").claim(10))).toBe("ade");
    pass(leaseMs / 2);
    expect(textsOf(tables.consumer("two").claim(10))).toBe("bcf");
  });

  test.each([[[1, 4]], [[4, 1]]])("is one of several that are extended, in the order %j", async (places) => {
    await using tables = await openTables();
    tables.send("abcdef");
    const claimed = [...tables.store.claim(3), ...tables.store.claim(3)];
    pass(leaseMs / 2);

    tables.store.extend(receiptsOf(places.flatMap((place) => claimed[place] ?? [])));
    pass(leaseMs / 2);

    expect(textsOf(tables.consumer("two").claim(10))).toBe("acdf");
  });

  test("that is extended again and again, in other groups each time, loses no message", async () => {
    await using tables = await openTables();
    tables.send("abcdefghij");
    const claimed = tables.store.claim(10);
    for (const step of [2, 3, 4, 5]) {
      tables.store.extend(receiptsOf(claimed.filter((_, index) => index % step === 0)));
      pass(10);
    }

    pass(leaseMs);

    const again = tables.consumer("two").claim(20);
    expect(textsOf(again).split("").toSorted().join("")).toBe("abcdefghij");
    expect(new Set(attemptsOf(again))).toEqual(new Set([2]));
  });

  test.each([
    ["in its pack", false],
    ["as a retry", true],
  ])("that was lost to another consumer %s cannot be extended by the first", async (_where, isRetry) => {
    await using tables = await openTables();
    tables.send("a");
    let [mine] = tables.store.claim(1);
    if (isRetry) {
      tables.store.retry(mine?.receipt ?? "", bytesOf("a"), { ms: 0, attempt: 2 });
      [mine] = tables.store.claim(1);
    }
    pass(leaseMs);
    tables.consumer("two").claim(1);
    pass(leaseMs / 2);

    tables.store.extend([mine?.receipt ?? ""]);
    pass(leaseMs / 2);

    expect(textsOf(tables.consumer("three").claim(1))).toBe("a");
  });

  test("of a retried message counts as an attempt when it ends, and can be extended", async () => {
    await using tables = await openTables();
    tables.send("a");
    const [claimed] = tables.store.claim(1);
    tables.store.retry(claimed?.receipt ?? "", bytesOf("a"), { ms: 0, attempt: 7 });
    const [again] = tables.store.claim(1);
    expect(again?.attempt).toBe(7);
    pass(leaseMs / 2);
    tables.store.extend([again?.receipt ?? ""]);

    pass(leaseMs / 2);
    expect(tables.consumer("two").claim(1)).toEqual([]);
    pass(leaseMs / 2);

    expect(attemptsOf(tables.consumer("two").claim(1))).toEqual([8]);
  });

  test("that is given back at the end costs no attempt, wherever the message is", async () => {
    await using tables = await openTables();
    tables.send("ab");
    const [first] = tables.store.claim(1);
    tables.store.retry(first?.receipt ?? "", bytesOf("a"), { ms: 0, attempt: 5 });
    expect(textsOf(tables.store.claim(2))).toBe("ab");

    tables.store.release();

    const back = tables.consumer("two").claim(2);
    expect(back.map(({ body, attempt }) => [String.fromCharCode(...body), attempt])).toEqual(
      expect.arrayContaining([
        ["a", 5],
        ["b", 1],
      ]),
    );
  });

  test("of another consumer is not given back with ours, wherever the message is", async () => {
    await using tables = await openTables();
    tables.send("abc");
    const [first] = tables.store.claim(1);
    tables.store.retry(first?.receipt ?? "", bytesOf("a"), { ms: 0, attempt: 2 });
    expect(textsOf(tables.consumer("two").claim(2))).toBe("ab");
    tables.store.claim(1);

    tables.store.release();

    expect(textsOf(tables.consumer("three").claim(3))).toBe("c");
  });

  test("of every consumer ends when the only one alive takes over, and counts as an attempt", async () => {
    await using tables = await openTables();
    tables.send("abc");
    const [first] = tables.store.claim(1);
    tables.store.retry(first?.receipt ?? "", bytesOf("a"), { ms: 0, attempt: 3 });
    tables.store.claim(2);
    tables.consumer("two").claim(1);

    const alone = tables.consumer("three");
    alone.takeOver();

    const claimed = alone.claim(10);
    expect(
      claimed.map(({ body, attempt }) => `${String.fromCharCode(...body)}${attempt}`).toSorted(),
    ).toEqual(["a4", "b2", "c2"]);
  });
});
