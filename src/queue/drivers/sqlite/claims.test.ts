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
import type { Claimed } from "./claim.ts";

stopClock();

describe("a claim", () => {
  test("goes on where the one before stopped, also in the middle of a send", async () => {
    await using tables = await openTables();
    tables.send("abc");
    tables.send("defg");

    const claims = [2, 3, 1, 5].map((max) => textsOf(tables.store.claim(max)));

    expect(claims).toEqual(["ab", "cde", "f", "g"]);
  });

  test("of several consumers gives each message to one of them", async () => {
    await using tables = await openTables();
    tables.send("abcdef");
    const other = tables.consumer("two");

    const claims = [tables.store.claim(2), other.claim(2), tables.store.claim(2), other.claim(2)].map(
      textsOf,
    );

    expect(claims).toEqual(["ab", "cd", "ef", ""]);
  });

  test("after all before was answered goes on with what is new", async () => {
    await using tables = await openTables();
    tables.send("ab");
    tables.store.ack(receiptsOf(tables.store.claim(2)));
    tables.send("cd");

    expect(textsOf(tables.store.claim(10))).toBe("cd");
    expect(countOf(tables.db, "lease")).toBe(1);
  });

  test("passes over what is answered when a lease has ended, and counts the attempt", async () => {
    await using tables = await openTables();
    tables.send("abcde");
    const claimed = tables.store.claim(5);
    tables.store.ack(receiptsOf(claimed.filter((_, index) => index % 2 === 0)));

    pass(leaseMs);
    const again = tables.consumer("two").claim(10);

    expect([textsOf(again), attemptsOf(again)]).toEqual(["bd", [2, 2]]);
  });

  test("of a few takes a few of an ended lease, and leaves the others to be taken at once", async () => {
    await using tables = await openTables();
    tables.send("abcdef");
    tables.store.claim(6);
    pass(leaseMs);

    const claims = [2, 2, 2].map((max) => tables.consumer("two").claim(max));

    expect(claims.map(textsOf)).toEqual(["ab", "cd", "ef"]);
    expect(claims.flatMap(attemptsOf)).toEqual([2, 2, 2, 2, 2, 2]);
  });

  test("of one takes what was handed out first, also if what was handed out before that is answered", async () => {
    await using tables = await openTables();
    tables.send("ab");
    tables.store.ack(receiptsOf(tables.store.claim(1)));
    tables.store.claim(1);
    tables.send("c");
    const [retried] = tables.store.claim(1);
    tables.store.retry(retried?.receipt ?? "", bytesOf("c"), { ms: 0, attempt: 2 });
    tables.store.claim(1);
    pass(leaseMs);

    const claims = [1, 1].map((max) => textsOf(tables.consumer("two").claim(max)));

    expect(claims).toEqual(["b", "c"]);
  });

  test("gives what was under way in the order in which it was begun, also what had to wait for that", async () => {
    await using tables = await openTables();
    tables.send("a");
    tables.send("b");
    const [early] = receiptsOf(tables.store.claim(1));
    tables.store.park([{ receipt: early ?? "", ms: 300, attempt: 1 }]);
    tables.store.claim(1);
    pass(300);
    expect(textsOf(tables.store.claim(1))).toBe("a");

    pass(leaseMs);

    expect(textsOf(tables.consumer("two").claim(2))).toBe("ba");
  });

  test("gives what has ended before what is new, and retries no more than half of the room", async () => {
    await using tables = await openTables();
    tables.send("abcd");
    for (const claimed of tables.store.claim(4)) {
      tables.store.retry(claimed.receipt, claimed.body, { ms: 0, attempt: 2 });
    }
    tables.send("efgh");

    const claims = [tables.store.claim(4), tables.store.claim(8)];

    expect(claims.map(textsOf)).toEqual(["abef", "cdgh"]);
    expect(claims.map(attemptsOf)).toEqual([
      [2, 2, 1, 1],
      [2, 2, 1, 1],
    ]);
  });

  test("of one takes what is to be tried again, so that new messages cannot keep it waiting for ever", async () => {
    await using tables = await openTables();
    tables.send("a");
    const [first] = receiptsOf(tables.store.claim(1));
    tables.store.retry(first ?? "", bytesOf("a"), { ms: 0, attempt: 2 });
    tables.send("bc");

    expect([1, 1, 1].map((max) => textsOf(tables.store.claim(max)))).toEqual(["a", "b", "c"]);
  });

  test("takes as many as it may of what is to be tried again, if there is nothing new", async () => {
    await using tables = await openTables();
    tables.send("abcd");
    for (const { receipt, body } of tables.store.claim(4)) {
      tables.store.retry(receipt, body, { ms: 0, attempt: 2 });
    }

    expect(textsOf(tables.store.claim(4))).toBe("abcd");
  });

  test("does not read again what is handed out, as it looks for more all the time", async () => {
    await using tables = await openTables();
    tables.send("abc");
    tables.store.claim(10);
    // Whoever reads it now would notice.
    tables.db.exec("update pack set body = x'00'");

    expect(tables.store.claim(10)).toEqual([]);
    tables.send("d");

    expect(textsOf(tables.store.claim(10))).toBe("d");
  });

  test("that finds nothing writes nothing, as it comes all the time", async () => {
    await using tables = await openTables();
    tables.send("a");
    tables.store.claim(1);
    const writes = (): unknown => tables.db.prepare("select total_changes() as count").get()?.["count"];
    const before = writes();

    expect(tables.store.claim(10)).toEqual([]);

    expect(writes()).toBe(before);
  });

  test("of nothing takes nothing", async () => {
    await using tables = await openTables();
    tables.send("a");

    expect(tables.store.claim(0)).toEqual([]);
    expect(textsOf(tables.store.claim(1))).toBe("a");
  });
});

describe("a claim takes a bounded number of bytes, and the next one takes the rest", () => {
  const lettersOf = (claimed: readonly Claimed[]): string =>
    claimed.map(({ body }) => String.fromCharCode(body[0] ?? 0)).join("");

  test("of messages that were never handed out, and of retries", async () => {
    await using tables = await openTables();
    const { store } = tables;
    for (const letter of "abcdef") store.send([Buffer.alloc(5 * 1024 * 1024, letter)]);

    const first = [store.claim(1_000), store.claim(1_000)];
    for (const { receipt, body } of first.flat()) {
      store.retry(receipt, body, { ms: 0, attempt: 2 });
    }
    const second = [store.claim(1_000), store.claim(1_000)];

    expect(first.map(lettersOf)).toEqual(["abcd", "ef"]);
    expect(second.map(lettersOf)).toEqual(["abcd", "ef"]);
  });
});

describe("after a crash", () => {
  test("a retry that was handed out before a later message is handed out before it again", async () => {
    await using tables = await openTables();
    tables.send("3");
    const [newer] = tables.store.claim(1);
    tables.store.retry(newer?.receipt ?? "", bytesOf("3"), { ms: 0, attempt: 2 });
    tables.store.claim(1);
    tables.send("2");
    tables.store.claim(1);

    const next = tables.consumer("two");
    next.takeOver();

    expect(textsOf(next.claim(10))).toBe("32");
  });

  test("retries are handed out again in the order in which they were, whichever was sent first", async () => {
    await using tables = await openTables();
    tables.send("ab");
    for (const [index, { receipt, body }] of tables.store.claim(2).entries()) {
      tables.store.retry(receipt, body, { ms: 200 - index * 100, attempt: 2 });
    }
    pass(200);
    expect(textsOf(tables.store.claim(2))).toBe("ba");

    const next = tables.consumer("two");
    next.takeOver();

    expect(textsOf(next.claim(2))).toBe("ba");
  });

  test.each([
    ["in its pack", false],
    ["as a retry", true],
  ])("what was parked %s comes before a later message, without its delay", async (_where, isRetry) => {
    await using tables = await openTables();
    tables.send("4");
    let [parked] = tables.store.claim(1);
    if (isRetry) {
      tables.store.retry(parked?.receipt ?? "", bytesOf("4"), { ms: 0, attempt: 2 });
      [parked] = tables.store.claim(1);
    }
    const attempt = parked?.attempt ?? 0;
    tables.store.park([{ receipt: parked?.receipt ?? "", ms: 1_000, attempt }]);

    const next = tables.consumer("two");
    next.takeOver();
    tables.send("2");

    expect(textsOf(next.claim(10))).toBe("42");
  });

  test("what was under way comes before what was only parked, although that was handed out before", async () => {
    await using tables = await openTables();
    const { store, send } = tables;
    send("2");
    const [older] = store.claim(1);
    store.park([{ receipt: older?.receipt ?? "", ms: 1_000, attempt: 1 }]);
    send("3");
    const [newest] = store.claim(1);
    store.retry(newest?.receipt ?? "", bytesOf("3"), { ms: 0, attempt: 2 });
    store.claim(1);

    const next = tables.consumer("two");
    next.takeOver();

    expect(textsOf(next.claim(10))).toBe("32");
  });

  test.each([0, 500])(
    "what the next one takes too early goes back to its place among what was under way, after %i ms too",
    async (ms) => {
      await using tables = await openTables();
      const { store, send } = tables;
      send("ab");
      const [first] = store.claim(2);
      store.retry(first?.receipt ?? "", bytesOf("a"), { ms: 0, attempt: 2 });
      store.claim(1);
      send("c");
      store.claim(1);
      const next = tables.consumer("two");
      next.takeOver();
      const early = [...next.claim(1), ...next.claim(1)];
      next.park(early.map(({ receipt, attempt }) => ({ receipt, ms, attempt })));
      pass(ms);

      const again = next.claim(10);

      expect([textsOf(early), textsOf(again), attemptsOf(again)]).toEqual(["ba", "bac", [2, 3, 2]]);
    },
  );

  test.each([
    ["in its pack", false],
    ["as a retry", true],
  ])(
    "what was handed out last %s keeps its place before what the next one began",
    async (_where, isRetry) => {
      await using tables = await openTables();
      const { store, send } = tables;
      send("a");
      const [first] = store.claim(1);
      if (isRetry) {
        store.retry(first?.receipt ?? "", bytesOf("a"), { ms: 0, attempt: 2 });
        store.claim(1);
      }
      const next = tables.consumer("two");
      next.takeOver();
      next.park(next.claim(1).map(({ receipt, attempt }) => ({ receipt, ms: 100, attempt })));
      send("b");
      expect(textsOf(next.claim(1))).toBe("b");

      pass(leaseMs);

      expect(textsOf(next.claim(10))).toBe("ab");
    },
  );

  test("the order of hand-outs is kept, however few are asked for at a time", async () => {
    await using tables = await openTables();
    const handedOut: string[] = [];
    for (const letter of "abcdefgh") {
      tables.send(letter);
      const [claimed] = tables.store.claim(1);
      if ("aceg".includes(letter)) {
        const again = { ms: 0, attempt: 2 };
        tables.store.retry(claimed?.receipt ?? "", bytesOf(letter), again);
        tables.store.claim(1);
      }
      handedOut.push(letter);
    }
    const next = tables.consumer("two");
    next.takeOver();

    const again = [1, 2, 3, 4].map((max) => next.claim(max));

    expect(textsOf(again.flat())).toBe(handedOut.join(""));
    expect(again.map(({ length }) => length)).toEqual([1, 2, 3, 2]);
  });
});
