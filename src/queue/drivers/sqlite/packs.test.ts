import { describe, expect, test } from "vitest";
import {
  countOf,
  leaseMs,
  openTables,
  pass,
  receiptsOf,
  stopClock,
  textsOf,
} from "../../../../test/support/drivers/sqlite-tables.ts";
import { DamageError } from "../../../lib/sqlite/sqlite-errors.ts";
import { transaction } from "../../../lib/sqlite/sqlite.ts";
import { bytesOf } from "../../../testing/bytes.ts";

stopClock();

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

test.each([
  ["bytes", "body = zeroblob(length(body))"],
  ["lengths", "lengths = x'020000000100000001000000'"],
  ["kind", "body = cast(body as text)"],
])(
  "messages of which the %s changed on the disk are handed out without their bytes, and all others as they are",
  async (_, change) => {
    await using tables = await openTables();
    tables.send("abc");
    tables.send("de");
    tables.db.exec(`update pack set ${change} where id = (select min(id) from pack)`);

    const claimed = tables.store.claim(10);

    expect(textsOf(claimed)).toBe("de");
    expect(claimed.slice(0, 3).map(({ body }) => body.length)).toEqual([0, 0, 0]);
    expect(textsOf(tables.store.claim(10))).toBe("");
  },
);

test.each([
  ["a number", "count = 4"],
  ["no number", "count = 0, lengths = x''"],
  ["a number that nobody wrote", "count = 9223372036854775807"],
  ["lengths that are a text", "lengths = cast(lengths as text)"],
])(
  "nothing is handed out of a pack that is told to have %s: the place of each message is not sure",
  async (_, change) => {
    await using tables = await openTables();
    tables.send("abc");
    tables.db.exec(`update pack set ${change}`);

    expect(() => tables.store.claim(10)).toThrow(DamageError);
  },
);

test("nothing is handed out of a pack whose marks of what is done are not those of its messages", async () => {
  await using tables = await openTables();
  tables.send("abc");
  tables.store.ack(receiptsOf(tables.store.claim(1)));
  tables.db.exec("update progress set done = x'0101'");
  pass(leaseMs);

  expect(() => tables.store.claim(10)).toThrow(DamageError);
});

test.each([
  ["others", "body = zeroblob(length(body))"],
  ["a text", "body = cast(body as text)"],
])("a message that is to be tried again whose bytes are %s is handed out without them", async (_, change) => {
  await using tables = await openTables();
  tables.send("ab");
  for (const { receipt, body } of tables.store.claim(2))
    tables.store.retry(receipt, body, { ms: 0, attempt: 2 });
  tables.db.exec(`update delayed set ${change} where id = (select min(id) from delayed)`);

  const claimed = tables.store.claim(10);

  expect(claimed.map(({ body, attempt }) => [body.length, attempt])).toEqual([
    [0, 2],
    [1, 2],
  ]);
});
