import { statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test, vi } from "vitest";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { openDatabase } from "../../lib/sqlite/sqlite.ts";
import { bytesOf } from "../../testing/bytes.ts";
import { spillSchema } from "./schema.ts";
import { SpillStore } from "./store.ts";

afterEach(() => void vi.useRealTimers());

/** A store in which these messages wait, in the order in which they came: `shard lane`. */
async function aStore(...places: readonly `${number} ${string}`[]) {
  const folder = await tempFolder();
  const db = openDatabase(join(folder.path, "spill-0.db"), spillSchema);
  const store = new SpillStore(db);
  const waiting = places.map((place, index) => {
    const [shard = "", lane = ""] = place.split(" ");
    return { shard: Number(shard), lane, at: 1_000 + index };
  });
  store.add(waiting, places.map(bytesOf));
  return {
    store,
    db,
    [Symbol.asyncDispose]: () => {
      db.close();
      return folder[Symbol.asyncDispose]();
    },
  };
}

const all = { without: [], sent: [], max: 500 };

test("each line is read from its beginning, but for what is held or was sent, and no more than is asked for", async () => {
  await using opened = await aStore("1 a", "0 b", "1 a", "1 c", "0 d", "2 e");
  const ids = (query: Partial<Parameters<SpillStore["next"]>[0]>): readonly number[] =>
    opened.store.next({ ...all, shards: [1, 0], ...query }).map(({ id }) => id);

  expect(ids({})).toEqual([1, 3, 4, 2, 5]);
  expect(ids({ max: 4 })).toEqual([1, 3, 4, 2]);
  expect(ids({ max: 3 })).toEqual([1, 3, 4]);
  expect(ids({ without: ["a", "d"] })).toEqual([4, 2]);
  expect(ids({ sent: [1, 2] })).toEqual([3, 4, 5]);
});

test.each([
  ["others than were written", "message = zeroblob(length(message))"],
  ["a text, which has the same checksum", "message = cast(message as text)"],
])(
  "a message whose bytes on the disk are %s is empty, and the others are as they were",
  async (_, damage) => {
    await using opened = await aStore("0 a", "0 b");
    opened.db.exec(`update waiting set ${damage} where id = 1`);

    const rows = opened.store.next({ ...all, shards: [0] });

    expect(rows.map(({ message }) => message.length > 0)).toEqual([false, true]);
  },
);

test("it is counted what waits, and for how long the first of it has", async () => {
  await using opened = await aStore("1 a", "0 b", "1 c");
  vi.useFakeTimers({ toFake: ["Date"], now: 5_000 });

  const before = opened.store.depth();
  opened.store.remove([1, 99]);
  const after = opened.store.depth();
  vi.setSystemTime(0);
  const behind = opened.store.depth();
  opened.store.remove([2, 3]);

  expect(before).toEqual({ messages: 3, oldestAgeMs: 4_000, newestAt: 1_002 });
  expect(after).toEqual({ messages: 2, oldestAgeMs: 3_999, newestAt: 1_002 });
  // Even if the clock was set back, no message has waited for less than no time.
  expect(behind.oldestAgeMs).toBe(0);
  expect(opened.store.depth()).toEqual({ messages: 0, oldestAgeMs: 0, newestAt: 0 });
});

test("no more is read at once when it has many bytes, of one shard or of several", async () => {
  await using folder = await tempFolder();
  const db = openDatabase(join(folder.path, "spill-0.db"), spillSchema);
  const store = new SpillStore(db);
  const large = new Uint8Array(9 * 1_024 * 1_024);
  const shards = [0, 0, 0, 1];
  store.add(
    shards.map((shard) => ({ shard, lane: "", at: 1 })),
    shards.map(() => large),
  );

  const rows = store.next({ shards: [0, 1], without: [], sent: [], max: 500 });

  expect(rows.map(({ shard }) => shard)).toEqual([0, 0]);
  db.close();
});

test("once a file has been made small, its connection waits for other processes as long as before", async () => {
  await using opened = await aStore();
  const { store, db } = opened;
  const patience = (): unknown => db.prepare("pragma busy_timeout").get();
  const before = patience();
  store.add([{ shard: 0, lane: "a", at: 1 }], [new Uint8Array(20 * 1_024 * 1_024)]);
  store.remove([1]);

  store.shrink();

  expect(db.prepare("pragma freelist_count").get()).toEqual({ freelist_count: 0 });
  expect(patience()).toEqual(before);
});

test("a file that is small is left as it is", async () => {
  await using opened = await aStore("0 a");
  const log = `${opened.db.location() ?? ""}-wal`;
  opened.store.remove([1]);
  const before = statSync(log).size;

  opened.store.shrink();

  expect(before).toBeGreaterThan(0);
  expect(statSync(log).size).toBe(before);
});
