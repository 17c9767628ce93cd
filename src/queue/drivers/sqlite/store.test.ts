import { join } from "node:path";
import type { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { DamageError, openDatabase, transaction } from "../../../lib/sqlite.ts";
import { bytesOf } from "../../../testing/bytes.ts";
import type { Claimed } from "./claim.ts";
import { queueSchema } from "./schema.ts";
import { SqliteQueueStore } from "./store.ts";

const leaseMs = 1_000;
const start = Date.UTC(2026, 0, 1);

beforeEach(() => {
  vi.useFakeTimers({ now: start, toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

const textsOf = (claimed: readonly Claimed[]): string =>
  claimed.map(({ body }) => String.fromCharCode(...body)).join("");
const attemptsOf = (claimed: readonly Claimed[]): readonly number[] => claimed.map(({ attempt }) => attempt);
const receiptsOf = (claimed: readonly Claimed[]): readonly string[] => claimed.map(({ receipt }) => receipt);
const pass = (ms: number): void => void vi.setSystemTime(Date.now() + ms);

/** The tables of a queue, and consumers that share them. */
async function openTables() {
  const folder = await tempFolder();
  const db = openDatabase(join(folder.path, "queue.db"), queueSchema);
  const consumer = (name: string): SqliteQueueStore => new SqliteQueueStore(db, name, leaseMs, Date.now);
  const store = consumer("one");
  return {
    db,
    store,
    consumer,
    /** Sends messages of one letter each, as one send. */
    send: (letters: string) => store.send(letters.split("").map(bytesOf)),
    [Symbol.asyncDispose]: async () => {
      db.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

const countOf = (db: DatabaseSync, table: string): number =>
  Number(db.prepare(`select count(*) as count from ${table}`).get()?.["count"]);

describe("a send", () => {
  test("is written as one row, however many messages it has", async () => {
    await using tables = await openTables();

    tables.send("abcdefgh");

    expect(countOf(tables.db, "pack")).toBe(1);
    expect(tables.store.depth()).toEqual({ messages: 8, oldestAgeMs: 0 });
  });

  test("of very many messages is cut, so that a worker which wants a few reads no more than that", async () => {
    await using tables = await openTables();

    transaction(tables.db, () => tables.send("x".repeat(2_500)));

    const counts = tables.db.prepare("select count from pack order by id").all();
    expect(counts.map((row) => row["count"])).toEqual([1_000, 1_000, 500]);
    expect(textsOf(transaction(tables.db, () => tables.store.claim(5_000)))).toHaveLength(2_500);
  });

  test("of large messages is cut by their bytes, and each of them comes out whole", async () => {
    await using tables = await openTables();
    const large = ["a", "b", "c", "d"].map((letter) => Buffer.alloc(3 * 1024 * 1024, letter));

    tables.store.send([...large, bytesOf("e"), bytesOf("f")]);

    const counts = tables.db.prepare("select count from pack order by id").all();
    expect(counts.map((row) => row["count"])).toEqual([2, 2, 2]);
    const claimed = tables.store.claim(10);
    expect(claimed.map(({ body }) => [body.length, body[0], body.at(-1)])).toEqual([
      ...large.map((body) => [body.length, body[0], body[0]]),
      [1, 101, 101],
      [1, 102, 102],
    ]);
  });

  test("of one message larger than any pack is a pack of its own", async () => {
    await using tables = await openTables();
    const huge = Buffer.alloc(9 * 1024 * 1024, "h");

    tables.store.send([huge, bytesOf("a")]);

    expect(tables.store.claim(10).map(({ body }) => body.length)).toEqual([huge.length, 1]);
  });

  test("of nothing writes nothing", async () => {
    await using tables = await openTables();

    tables.store.send([]);

    expect([countOf(tables.db, "pack"), tables.store.depth().messages]).toEqual([0, 0]);
  });
});

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

  test("of nothing takes nothing", async () => {
    await using tables = await openTables();
    tables.send("a");

    expect(tables.store.claim(0)).toEqual([]);
    expect(textsOf(tables.store.claim(1))).toBe("a");
  });
});

describe("a lease", () => {
  test("that is extended for some messages ends for their neighbours", async () => {
    await using tables = await openTables();
    tables.send("abcdef");
    const claimed = tables.store.claim(6);
    pass(leaseMs / 2);

    tables.store.extend(receiptsOf([1, 2, 5].flatMap((index) => claimed[index] ?? [])));
    pass(leaseMs / 2);

    expect(textsOf(tables.consumer("two").claim(10))).toBe("ade");
    pass(leaseMs / 2);
    expect(textsOf(tables.consumer("two").claim(10))).toBe("bcf");
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

  test("that was lost to another consumer cannot be extended by the first", async () => {
    await using tables = await openTables();
    tables.send("a");
    const [mine] = tables.store.claim(1);
    pass(leaseMs);
    const other = tables.consumer("two");
    other.claim(1);
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

  test("of another consumer is not given back with ours", async () => {
    await using tables = await openTables();
    tables.send("ab");
    tables.store.claim(1);
    tables.consumer("two").claim(1);

    tables.store.release();

    expect(textsOf(tables.consumer("three").claim(2))).toBe("a");
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

describe("a retry", () => {
  test("that takes over does not shorten a delay", async () => {
    await using tables = await openTables();
    tables.send("a");
    const [first] = tables.store.claim(1);
    tables.store.retry(first?.receipt ?? "", bytesOf("a"), { ms: 500, attempt: 2 });

    tables.store.takeOver();

    expect(tables.store.claim(1)).toEqual([]);
    pass(500);
    expect(attemptsOf(tables.store.claim(1))).toEqual([2]);
  });

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

test("nothing is left of messages that are all answered", async () => {
  await using tables = await openTables();
  tables.send("abcdef");
  const claimed = [...tables.store.claim(2), ...tables.store.claim(2), ...tables.store.claim(2)];
  const [retried, ...others] = claimed;
  tables.store.retry(retried?.receipt ?? "", bytesOf("a"), { ms: 0, attempt: 2 });

  tables.store.ack(receiptsOf([...others, ...others, ...tables.store.claim(1)]));

  const left = ["pack", "lease", "progress", "delayed"].map((table) => countOf(tables.db, table));
  expect(left).toEqual([0, 0, 0, 0]);
  expect(tables.store.depth().messages).toBe(0);
});

describe("the clock", () => {
  test("does not go back behind what the file has seen, so that a retry waits as long as it was told to", async () => {
    await using tables = await openTables();
    const restarted = (): SqliteQueueStore => new SqliteQueueStore(tables.db, "one", leaseMs);
    const before = restarted();
    before.send([bytesOf("a")]);
    before.retry(before.claim(1)[0]?.receipt ?? "", bytesOf("a"), { ms: 20, attempt: 2 });

    pass(-3_600_000);
    const after = restarted();
    await sleep(60);

    expect(textsOf(after.claim(1))).toBe("a");
    expect(after.depth().oldestAgeMs).toBeLessThan(10_000);
  });

  test("does not go back behind it for what came before that, either", async () => {
    await using tables = await openTables();
    const restarted = (): SqliteQueueStore => new SqliteQueueStore(tables.db, "one", leaseMs);
    restarted().send([bytesOf("a")]);

    pass(3_600_000);
    const ahead = restarted();
    ahead.retry(ahead.claim(1)[0]?.receipt ?? "", bytesOf("a"), { ms: 20, attempt: 2 });
    pass(-3_600_000);
    const after = restarted();
    await sleep(60);

    expect(textsOf(after.claim(1))).toBe("a");
  });

  test("does not follow one that is set back while the process lives", async () => {
    await using tables = await openTables();
    const store = new SqliteQueueStore(tables.db, "one", leaseMs);
    store.send([bytesOf("a")]);
    const [first] = store.claim(1);
    pass(-3_600_000);

    store.retry(first?.receipt ?? "", bytesOf("a"), { ms: 20, attempt: 2 });
    await sleep(60);

    expect(textsOf(store.claim(1))).toBe("a");
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

    const again = [1, 2, 3, 4].flatMap((max) => next.claim(max));

    expect(textsOf(again)).toBe(handedOut.join(""));
  });
});

test("messages whose bytes have changed on the disk are not handed out as if nothing had happened", async () => {
  await using tables = await openTables();
  tables.send("abc");
  tables.db.exec("update pack set body = zeroblob(length(body))");

  expect(() => tables.store.claim(10)).toThrow(DamageError);
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
