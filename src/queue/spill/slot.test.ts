import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, expect, test, vi } from "vitest";
import { type Holder, startHolder } from "../../../test/support/drivers/holder.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { ClosedError } from "../../errors.ts";
import { takeLock } from "../../lib/sqlite/file-lock.ts";
import { sleep } from "../../lib/async/sleep.ts";
import { pack } from "../../lib/threads/spans.ts";
import { silentLog } from "../../log.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { allShards } from "../driver.ts";
import { SpillFiles } from "./file.ts";
import { leftBehind } from "./left-behind.ts";
import { lockFile } from "./locked-file.ts";
import { searchAlone } from "./search.ts";
import { takeSlot, type SpillSlot } from "./slot.ts";
import type { SpillRow } from "./store.ts";

afterEach(() => void vi.useRealTimers());

/** Another process that keeps some, named `name 0`, `name 1`, …, after it has forwarded some of what was left. */
const startKeeping = (data: string, name: string, count: number, forwarded = 0): Promise<Holder> =>
  startHolder("spill", data, name, String(count), String(forwarded));

/** Leaves the files of processes that lived at the same time, with so many messages each. */
async function leave(data: string, counts: Readonly<Record<string, number>>): Promise<void> {
  const holders: Holder[] = [];
  for (const [name, count] of Object.entries(counts)) holders.push(await startKeeping(data, name, count));
  for (const holder of holders) await holder.kill();
}

const asked = { shards: allShards, without: [], sent: [] };
const textOf = ({ message }: SpillRow): string => Buffer.from(message).toString();
const textsIn = async (slot: SpillSlot): Promise<readonly string[]> =>
  (await slot.next({ ...asked, max: 1_000 })).map(textOf);

/** Everything that waits, in the order in which it is forwarded. */
async function forwardAll(slot: SpillSlot): Promise<readonly string[]> {
  const texts: string[] = [];
  for (;;) {
    const rows = await slot.next({ ...asked, max: 500 });
    if (rows.length === 0) return texts;
    texts.push(...rows.map(textOf));
    await slot.remove(rows.map(({ id }) => id));
  }
}

let at = 0;
const keep = (slot: SpillSlot, text: string): Promise<void> =>
  slot.add([{ shard: 1, lane: text, at: (at += 1) }], pack([Buffer.from(text)]));

const named = (name: string, from: number, to: number): readonly string[] =>
  Array.from({ length: to - from }, (_, index) => `${name} ${from + index}`);

const left = (what: string) => {
  const [file, why = ""] = what.split(":");
  const error = expect.stringMatching(`${file} cannot be used: .*${why.trim()}`) as string;
  return { level: "error", fact: "queue.spill_left", fields: expect.objectContaining({ error }) };
};

test("what a dead process left stays where it is while none of it is asked for", async () => {
  await using folder = await tempFolder();
  await leave(folder.path, { one: 1, other: 1 });
  const slot = await takeSlot(folder.path);

  expect(await slot.next({ ...asked, shards: [], max: 10 })).toEqual([]);

  expect((await forwardAll(slot)).toSorted()).toEqual(["one 0", "other 0"]);
  await slot.close();
});

test("two that share a folder have a file each, and neither sees what the other keeps", async () => {
  await using folder = await tempFolder();
  const [one, other] = [await takeSlot(folder.path), await takeSlot(folder.path)];
  await keep(one, "of one");
  await other.adopt();

  expect([await textsIn(one), await textsIn(other)]).toEqual([["of one"], []]);

  await one.close();
  await other.close();
});

test("who comes after some that were killed has at once what they kept, and nobody else has it", async () => {
  await using folder = await tempFolder();
  await leave(folder.path, { one: 1_200, other: 20 });

  const slot = await takeSlot(folder.path);

  expect(await slot.depth()).toMatchObject({ messages: 1_220, oldestAgeMs: expect.any(Number) });
  // It is read where it is: nothing has to be moved before.
  expect(existsSync(join(folder.path, "spill-0.db"))).toBe(true);
  const ofShard = await slot.next({ ...asked, shards: [3], max: 2 });
  expect(ofShard.map(textOf)).toEqual(["one 3", "one 19"]);
  const second = await takeSlot(folder.path);
  expect((await second.depth()).messages).toBe(0);
  await slot.close();
  await second.close();
});

test("what was left is taken away with the last that is forwarded, and goes before what has come since", async () => {
  await using folder = await tempFolder();
  const [slot, dead] = [await takeSlot(folder.path), await takeSlot(folder.path)];
  await keep(slot, "before");
  await keep(dead, "of the dead");
  await dead.close();
  const adopted = await slot.adopt();
  await keep(slot, "since");

  expect(adopted).toBe(1);
  expect(existsSync(join(folder.path, "spill-1.db"))).toBe(true);
  expect(await forwardAll(slot)).toEqual(["of the dead", "before", "since"]);

  expect(existsSync(join(folder.path, "spill-1.db"))).toBe(false);
  expect(await slot.depth()).toMatchObject({ messages: 0, oldestAgeMs: 0 });
  await slot.close();
});

test.each([["first"], ["last"]])(
  "who comes after one that had taken over has all in order; the one that had died before started %s",
  async (when) => {
    await using folder = await tempFolder();
    const [first, last] = [await takeSlot(folder.path), await takeSlot(folder.path)];
    const [one, other] = when === "first" ? [first, last] : [last, first];
    await keep(one, "of one");
    await one.close();
    await other.adopt();
    await keep(other, "behind it");
    await other.close();

    const slot = await takeSlot(folder.path);
    await keep(slot, "behind both");

    expect(await forwardAll(slot)).toEqual(["of one", "behind it", "behind both"]);
    await slot.close();
  },
);

test("what was taken over is not lost sight of when one looks for more", async () => {
  await using folder = await tempFolder();
  const takeOne = (): Promise<SpillSlot> => takeSlot(folder.path);
  const [slot, one, other] = [await takeOne(), await takeOne(), await takeOne()];
  for (const dead of [one, other]) {
    await keep(dead, dead === one ? "of one" : "of the other");
    await dead.close();
    await slot.adopt();
  }
  expect(await slot.adopt()).toBe(0);

  expect(await forwardAll(slot)).toEqual(["of one", "of the other"]);

  await slot.close();
});

test("who is killed while it forwards what was left loses nothing of it", async () => {
  await using folder = await tempFolder();
  await leave(folder.path, { one: 20, other: 20 });
  await (await startKeeping(folder.path, "third", 20, 15)).kill();

  const slot = await takeSlot(folder.path);

  const texts = await forwardAll(slot);
  expect(texts.slice(0, 5)).toEqual(named("one", 11, 16));
  expect(texts.slice(5).toSorted()).toEqual([...named("other", 0, 20), ...named("third", 0, 20)].toSorted());
  await slot.close();
});

test("what a living process keeps is not touched, and goes to another once it is dead", async () => {
  await using folder = await tempFolder();
  const holder = await startKeeping(folder.path, "of the first", 3);
  const slot = await takeSlot(folder.path);
  await slot.adopt();
  expect(await textsIn(slot)).toEqual([]);

  await holder.kill();
  await slot.adopt();

  expect(await textsIn(slot)).toEqual(["of the first 0", "of the first 1", "of the first 2"]);
  await slot.close();
});

test("a file is nobody else's before it is closed", async () => {
  await using folder = await tempFolder();
  const isFree = (): boolean => {
    const lock = takeLock(join(folder.path, "spill-0.lock"));
    lock?.release();
    return lock !== undefined;
  };
  const files = new SpillFiles();
  const open = files.at(join(folder.path, "spill-0.db"));
  const freeAtClose: boolean[] = [];
  const close = (): Promise<void> => {
    freeAtClose.push(isFree());
    return open.close();
  };
  vi.spyOn(files, "at").mockReturnValue({ ...open, close });

  await lockFile(files, folder.path, 0)?.close();

  expect([...freeAtClose, isFree()]).toEqual([false, true]);
  await files.close();
});

test("a file of the dead that is damaged is told once and left to a person, and taken over once it is mended", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  await using folder = await tempFolder();
  const { log, lines } = recordedLog();
  const path = join(folder.path, "spill-1.db");
  const [slot, dead] = [await takeSlot(folder.path, log), await takeSlot(folder.path)];
  await keep(dead, "of the dead");
  await dead.close();
  renameSync(path, `${path}.good`);
  writeFileSync(path, "x".repeat(10_000));

  for (let tries = 0; tries < 3; tries += 1) {
    await slot.adopt();
    vi.advanceTimersByTime(10_000);
  }

  expect(lines).toEqual([left("spill-1.db")]);
  renameSync(`${path}.good`, path);
  vi.advanceTimersByTime(10_000);
  await slot.adopt();
  expect(await forwardAll(slot)).toEqual(["of the dead"]);
  expect(lines).toHaveLength(1);

  // By now it is another file, with a fault of its own.
  writeFileSync(path, "x".repeat(10_000));
  vi.advanceTimersByTime(40_000);
  await slot.adopt();
  expect(lines).toHaveLength(2);
  await slot.close();
});

test("a file of the dead that fails when it is read is told once as well, and those of others are forwarded", async () => {
  vi.useFakeTimers({ toFake: ["performance"] });
  await using folder = await tempFolder();
  const { log, lines } = recordedLog();
  const takeOne = (): Promise<SpillSlot> => takeSlot(folder.path);
  const [slot, failing, sound] = [await takeSlot(folder.path, log), await takeOne(), await takeOne()];
  await keep(failing, "of the second");
  await keep(sound, "of the third");
  await failing.close();
  await sound.close();
  using file = new DatabaseSync(join(folder.path, "spill-1.db"));

  await slot.adopt();
  file.exec("alter table waiting rename to lost");
  expect(await forwardAll(slot)).toEqual(["of the third"]);

  // Otherwise all that comes would wait for a moment, each time.
  expect(await slot.adopt()).toBe(0);
  expect(await forwardAll(slot)).toEqual([]);
  expect(lines).toMatchObject([
    { fact: "queue.spill_left", fields: { error: expect.stringContaining("no such table: waiting") } },
  ]);
  file.exec("alter table lost rename to waiting");
  vi.advanceTimersByTime(10_000);
  await slot.adopt();
  expect(await forwardAll(slot)).toEqual(["of the second"]);
  await slot.close();
});

test("a file of the dead that somebody counts is taken over at the start all the same", async () => {
  await using folder = await tempFolder();
  const dead = await takeSlot(folder.path);
  await keep(dead, "of the dead");
  await dead.close();
  const files = new SpillFiles();
  const counting = searchAlone(folder.path, async () => {
    const counted = lockFile(files, folder.path, 0);
    await sleep(1_000);
    await counted?.close();
  });

  const slot = await takeSlot(folder.path);

  expect(await forwardAll(slot)).toEqual(["of the dead"]);
  await counting;
  await slot.close();
  await files.close();
});

test("where the lock of a search cannot be made, what was left is taken over, and counted, all the same", async () => {
  await using folder = await tempFolder();
  await leave(folder.path, { one: 3 });
  const lock = join(folder.path, "spill-search.lock");
  rmSync(lock);
  mkdirSync(lock);

  const counted = await leftBehind(folder.path, silentLog);
  const slot = await takeSlot(folder.path);

  expect(counted).toBe(3);
  expect(await forwardAll(slot)).toHaveLength(3);
  await slot.close();
});

test("one that is closed takes nothing more: its file may be another's by now", async () => {
  await using folder = await tempFolder();
  const slot = await takeSlot(folder.path);
  await slot.close();

  await expect(keep(slot, "late")).rejects.toThrow(ClosedError);
});

test("what a dead process left with nothing in it makes nobody wait, and is taken away", async () => {
  await using folder = await tempFolder();
  const [slot, dead] = [await takeSlot(folder.path), await takeSlot(folder.path)];
  await keep(dead, "forwarded");
  await forwardAll(dead);
  await dead.close();

  const adopted = await slot.adopt();
  await forwardAll(slot);

  expect(adopted).toBe(0);
  expect(existsSync(join(folder.path, "spill-1.db"))).toBe(false);
  await slot.close();
});

test("who comes after several that left nothing goes on in the first file, and takes the others away", async () => {
  await using folder = await tempFolder();
  const dead = [await takeSlot(folder.path), await takeSlot(folder.path), await takeSlot(folder.path)];
  for (const one of dead) await one.depth();
  for (const one of dead) await one.close();

  const slot = await takeSlot(folder.path);
  await forwardAll(slot);

  const names = readdirSync(folder.path).filter((name) => name.endsWith(".db"));
  expect(names).toEqual(["spill-0.db"]);
  await slot.close();
});

test("a file that is left to a person is nobody's own", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "spill-0.db");
  writeFileSync(path, "x".repeat(10_000));

  const slot = await takeSlot(folder.path);
  await keep(slot, "kept");

  expect(readFileSync(path, "utf8")).toBe("x".repeat(10_000));
  expect(existsSync(join(folder.path, "spill-1.db"))).toBe(true);
  await slot.close();
});

test("all that waits counts, and the oldest of all files is the oldest", async () => {
  await using folder = await tempFolder();
  const [slot, dead] = [await takeSlot(folder.path), await takeSlot(folder.path)];
  const keepSince = (one: SpillSlot, ms: number): Promise<void> =>
    one.add([{ shard: 1, lane: "a", at: Date.now() - ms }], pack([Buffer.from("a")]));
  await keepSince(dead, 60_000);
  await dead.close();
  await slot.adopt();
  await keepSince(slot, 0);

  const { messages, oldestAgeMs } = await slot.depth();

  expect(messages).toBe(2);
  expect(oldestAgeMs).toBeGreaterThanOrEqual(60_000);
  await slot.close();
});

test("a file that is closed is not opened again while others are in use", async () => {
  await using folder = await tempFolder();
  const files = new SpillFiles();
  const [closed, other] = ["closed.db", "other.db"].map((name) => files.at(join(folder.path, name)));
  await closed?.depth();
  await closed?.close();

  await expect(closed?.depth()).rejects.toThrow(ClosedError);

  expect(await other?.depth()).toMatchObject({ messages: 0 });
  await files.close();
});
