import { existsSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { damageIndex } from "../../../test/support/drivers/damage-index.ts";
import { tempFolder } from "../../../test/support/temp-folder.ts";
import { ClosedError } from "../../errors.ts";
import { pack } from "../../lib/threads/spans.ts";
import { recordedLog } from "../../testing/recorded-log.ts";
import { allShards } from "../driver.ts";
import { takeSlot, type SpillSlot } from "./slot.ts";

const query = { shards: allShards, without: [], sent: [], max: 100 };

const keep = (slot: SpillSlot, text: string): Promise<void> =>
  slot.add([{ shard: 1, lane: text, at: Date.now() }], pack([Buffer.from(text)]));

const textsIn = async (slot: SpillSlot): Promise<readonly string[]> =>
  (await slot.next(query)).map(({ message }) => Buffer.from(message).toString());

/** A process whose file is damaged once an event waits in it. */
async function damagedSlot(data: string) {
  const { log, lines } = recordedLog();
  const slot = await takeSlot(data, log);
  await keep(slot, "before");
  const [row] = await slot.next(query);
  damageIndex(join(data, "spill-0.db"), "waiting_shard");
  return { slot, lines, idBefore: row?.id ?? 0 };
}

const left = {
  level: "error",
  fact: "queue.spill_left",
  fields: { error: expect.stringMatching(/spill-0\.db cannot be used: .*malformed/) as string },
};

test.each<[string, (slot: SpillSlot, id: number) => Promise<unknown>]>([
  ["keeps", (slot) => expect(keep(slot, "refused")).rejects.toThrow("malformed")],
  ["reads", (slot) => slot.next(query)],
  ["removes", (slot, id) => slot.remove([id])],
])(
  "a process that %s an event in a file of its own that is damaged goes on in another one",
  async (_, meet) => {
    await using folder = await tempFolder();
    const { slot, lines, idBefore } = await damagedSlot(folder.path);

    await meet(slot, idBefore);
    await keep(slot, "since");

    expect(await textsIn(slot)).toEqual(["since"]);
    expect(lines).toEqual([left]);
    expect(existsSync(join(folder.path, "spill-0.db"))).toBe(true);
    await slot.close();
  },
);

test("many calls that meet the damage at once begin one other file", async () => {
  await using folder = await tempFolder();
  const { slot, lines } = await damagedSlot(folder.path);
  const texts = Array.from({ length: 20 }, (_, index) => `event ${index}`);

  const calls = texts.flatMap((text) => [keep(slot, text), slot.next(query), slot.depth()]);
  const done = (await Promise.allSettled(calls)).filter(({ status }) => status === "fulfilled");
  await keep(slot, "since");

  expect(done.length).toBeGreaterThanOrEqual(40);
  expect(await textsIn(slot)).toEqual(["since"]);
  expect(lines).toEqual([left]);
  expect(existsSync(join(folder.path, "spill-2.db"))).toBe(false);
  await slot.close();
});

test("who starts where such a file is begins another one at once, and has what came since the damage", async () => {
  await using folder = await tempFolder();
  const { slot } = await damagedSlot(folder.path);
  await slot.next(query);
  await keep(slot, "since");
  await slot.close();
  const { log, lines } = recordedLog();

  const next = await takeSlot(folder.path, log);

  expect(lines).toEqual([left]);
  await keep(next, "later");
  expect(await textsIn(next)).toEqual(["since", "later"]);
  await next.close();
});

test("a closed one begins no other file", async () => {
  await using folder = await tempFolder();
  const { slot } = await damagedSlot(folder.path);
  await slot.close();

  await expect(keep(slot, "late")).rejects.toThrow(ClosedError);
  expect(existsSync(join(folder.path, "spill-1.db"))).toBe(false);
});
