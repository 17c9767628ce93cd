import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import {
  aWorld,
  apart,
  away,
  none,
  shardOfMessage,
  takesNothing,
  textOfMessage,
  type Trouble,
} from "../../../test/support/drivers/spill-world.ts";
import { encodeMessage, type Message } from "../../event/message.ts";
import { aMessage } from "../../testing/builders.ts";
import { pack } from "../../lib/threads/spans.ts";
import { bytesOf } from "../../testing/bytes.ts";
import { eventually } from "../../testing/eventually.ts";
import { collect, messageOf, messages, textsOf } from "../../testing/queue-driver/harness.ts";
import { takeSlot } from "./slot.ts";
import type { SpillPlace } from "./store.ts";

test("what waited is said to be sent again: nobody knows what became of it before", async () => {
  const { open, trouble, got, agains } = await aWorld();
  const queue = await open();
  trouble(away);
  await queue.send(messages("kept", 1));

  trouble(none);

  await got(1);
  expect([agains[0], agains.at(-1)]).toEqual([false, true]);
});

test("what the engine takes while all is stopped does not wait any more at the next start", async () => {
  const { open, trouble, slow, sends } = await aWorld();
  const queue = await open();
  trouble(away);
  await queue.send(messages("kept", 1));
  slow(300);
  trouble(none);
  sends.length = 0;
  await eventually(() => expect(sends).toHaveLength(1));

  await queue.close();

  expect((await (await open()).depth()).spilled).toBe(0);
});

test("what waits goes in ever longer lists, since an engine may need as long for few as for many", async () => {
  const { open, trouble, got, sends, log } = await aWorld();
  const queue = await open();
  trouble(away);
  await queue.send(apart("kept", 4_000));
  sends.length = 0;

  trouble(none);

  await got(4_000);
  expect(sends.map(({ length }) => length)).toEqual([500, 750, 1_125, 1_625]);
  // How quick the engine was says nothing about the next time.
  await eventually(() => expect(log.facts()).toContain("queue.spill_forwarded"));
  trouble(away);
  await queue.send(apart("later", 600));
  sends.length = 0;
  trouble(none);
  await got(600);
  expect(sends.map(({ length }) => length)).toEqual([500, 100]);
});

describe("a disk in trouble", () => {
  test("is told once and tried ever more rarely, and once when it works again", async () => {
    const { open, engine, trouble, disk, log, reads } = await aWorld();
    const queue = await open();
    trouble(away);
    await queue.send(messages("kept", 1));
    disk("damaged");
    trouble(none);
    await eventually(() => expect(log.facts()).toContain("queue.spill_failed"));
    const before = reads();
    await sleep(1_500);

    expect(reads() - before).toBeLessThan(6);
    expect(log.facts()).toEqual(["queue.spilling", "queue.spill_failed"]);
    disk(undefined);
    expect(textsOf(await collect(engine, 1))).toEqual(["kept 0"]);
    await eventually(() =>
      expect(log.facts().slice(2)).toEqual(["queue.spill_works", "queue.spill_forwarded"]),
    );
  });

  test("that cannot forget what was forwarded makes nothing be sent again, and nobody wait", async () => {
    const { open, trouble, disk, sends, log } = await aWorld();
    const queue = await open();
    trouble(away);
    await queue.send(messages("kept", 1));
    disk("cannot remove");
    sends.length = 0;
    trouble(none);
    await eventually(() => expect(sends).toContainEqual(["kept 0"]));
    await sleep(800);
    expect(sends).toHaveLength(1);
    await queue.send(messages("behind", 1));
    expect(sends).toEqual([["kept 0"], ["behind 0"]]);
    expect(log.facts()).toEqual(["queue.spilling", "queue.spill_failed"]);

    disk(undefined);

    await eventually(() =>
      expect(log.facts().slice(2)).toEqual(["queue.spill_works", "queue.spill_forwarded"]),
    );
  });
});

describe("an event that is too large for the engine", () => {
  const large = (message: Message): Trouble | undefined =>
    textOfMessage(message).startsWith("large") ? "too large" : undefined;

  test("is not kept: who sends it is told at once, with the setting to raise", async () => {
    const { open, trouble } = await aWorld();
    const queue = await open();
    trouble(large);

    await expect(queue.send([messageOf("large")])).rejects.toThrow(/max_payload/);

    expect(await queue.depth()).toMatchObject({ spilled: 0 });
  });

  test("that came while it was away holds up its own lane alone, fifty of them among a thousand", async () => {
    const { open, got, trouble, log } = await aWorld();
    const queue = await open();
    trouble(away);
    const [bad, good] = [apart("large", 50), apart("good", 1_000)];
    // Some before all others, some in between.
    await queue.send([...bad.slice(0, 20), ...good.slice(0, 500)]);
    await queue.send([...bad.slice(20), ...good.slice(500)]);
    const behind = aMessage({ entity: "message:large-7", body: bytesOf("behind") });
    await queue.send([behind]);

    trouble(large);

    expect((await got(1_000)).map(textOfMessage).toSorted()).toEqual(good.map(textOfMessage).toSorted());
    await eventually(async () => expect(await queue.depth()).toMatchObject({ spilled: 51 }));
    expect(log.facts().filter((fact) => fact === "queue.spill_refused")).toHaveLength(50);
  });

  test("and waits makes no other wait, but those of its own lane", async () => {
    const { open, trouble, sends } = await aWorld();
    const queue = await open();
    trouble(away);
    await queue.send(apart("large", 1));
    trouble(large);
    const neighbour = apart("good", 200).find(
      (one) => shardOfMessage(one) === shardOfMessage(apart("large", 1)[0] ?? one),
    );

    await eventually(async () => {
      sends.length = 0;
      await queue.send([aMessage({ ...neighbour, body: bytesOf("past it") })]);
      expect(sends).toEqual([["past it"]]);
    });
    await eventually(async () => expect(await queue.depth()).toMatchObject({ spilled: 1 }));
    await queue.send([aMessage({ entity: "message:large-0", body: bytesOf("behind it") })]);

    expect(await queue.depth()).toMatchObject({ spilled: 2 });
    expect(sends.flat()).not.toContain("behind it");
  });
});

describe("a shard that the engine has no room for", () => {
  const isOfFull = (message: Message): boolean => shardOfMessage(message) === 3;
  const full = (message: Message): Trouble | undefined => (isOfFull(message) ? "full" : undefined);

  test("waits by itself, and nothing that the engine took is stored again", async () => {
    const { open, got, trouble, sends } = await aWorld();
    const queue = await open();
    trouble(full);
    const all = apart("event", 500);
    const count = all.filter(isOfFull).length;
    expect(count).toBeGreaterThan(10);

    await queue.send(all);

    await eventually(async () => expect(await queue.depth()).toMatchObject({ spilled: count }));
    const texts = (await got(500 - count)).map(textOfMessage);
    expect(new Set(texts).size).toBe(texts.length);
    // Once from the request, once from the disk; then it is left alone for a while.
    await eventually(() =>
      expect(
        sends.flat().filter((text) => text === textOfMessage(all.find(isOfFull) ?? aMessage())),
      ).toHaveLength(2),
    );
  });

  test("waits by itself also if it came while the engine was away, and what is taken beside it is sent once", async () => {
    const { open, trouble, sends } = await aWorld();
    const queue = await open();
    trouble(away);
    const all = apart("event", 200);
    const others = all.filter((each) => !isOfFull(each)).map(textOfMessage);
    await queue.send(all);

    sends.length = 0;
    trouble(full);

    await eventually(async () =>
      expect(await queue.depth()).toMatchObject({ spilled: all.length - others.length }),
    );
    const sent = sends.flat().filter((text) => others.includes(text));
    expect(sent.toSorted()).toEqual(others.toSorted());
  });

  test("keeps its order, and does not send others by way of the disk", async () => {
    const { open, trouble, sends } = await aWorld();
    const queue = await open();
    trouble(full);
    const [one, other] = [apart("x", 200).filter(isOfFull), apart("y", 50).filter((each) => !isOfFull(each))];
    await queue.send(one);
    await eventually(() => expect(sends).toHaveLength(2));

    sends.length = 0;
    await queue.send([...one.slice(0, 1), ...other]);

    expect(sends).toEqual([other.map(textOfMessage)]);
    expect(await queue.depth()).toMatchObject({ spilled: one.length + 1 });
  });
});

test("an engine without room for anything is not searched for a message that it does not take", async () => {
  const { open, got, trouble, sends, log } = await aWorld();
  const queue = await open();
  trouble(takesNothing);
  const all = apart("event", 40);
  await queue.send(all);
  await eventually(() => expect(sends.length).toBeGreaterThan(4));
  expect(sends.map((texts) => texts.length)).toEqual(sends.map(() => 40));

  trouble(none);

  expect((await got(40)).map(textOfMessage).toSorted()).toEqual(all.map(textOfMessage).toSorted());
  await eventually(() => expect(log.facts()).toEqual(["queue.spilling", "queue.spill_forwarded"]));
});

test("an engine that comes back in the middle of a try, after many in vain, is given at once what waits", async () => {
  const { open, trouble, sends, engine } = await aWorld();
  const queue = await open();
  trouble(away);
  await queue.send(messages("kept", 1));
  await eventually(() => expect(sends.length).toBeGreaterThan(5));
  trouble(() => "odd");
  const before = sends.length;
  await eventually(() => expect(sends.length).toBeGreaterThan(before));

  trouble(none);

  expect(textsOf(await collect(engine, 1, { withinMs: 3_000 }))).toEqual(["kept 0"]);
});

test("what this version cannot read stays for a newer one, and holds up its own lane alone", async () => {
  const { open, engine, log, folder } = await aWorld();
  const slot = await takeSlot(folder);
  const newer = new Uint8Array([99, 1, 2, 3]);
  const [behind, good] = messages("message", 2).map(encodeMessage);
  const placeIn = (lane: string): SpillPlace => ({ shard: 1, lane, at: Date.now() });
  await slot.add(["newer", "newer", "good"].map(placeIn), pack([newer, behind ?? newer, good ?? newer]));
  await slot.close();

  const queue = await open();

  expect(textsOf(await collect(engine, 1))).toEqual(["message 1"]);
  await eventually(() => expect(log.facts()).toEqual(["queue.message_unreadable"]));
  expect(await queue.depth()).toMatchObject({ spilled: 2 });
});

test("an event whose bytes on the disk are damaged stays there and is told once, and all others go on", async () => {
  const { open, log, folder, got, trouble, sends } = await aWorld();
  const queue = await open();
  trouble(away);
  await queue.send(messages("kept", 3));
  using file = new DatabaseSync(join(folder, "spill-0.db"));
  file.exec("update waiting set message = zeroblob(length(message)) where id = 2");

  trouble(none);

  expect((await got(2)).map(textOfMessage)).toEqual(["kept 0", "kept 2"]);
  await eventually(() => expect(log.facts().at(-1)).toBe("queue.spill_forwarded"));
  await queue.send(messages("later", 1));
  expect(sends.at(-1)).toEqual(["later 0"]);
  expect(await queue.depth()).toMatchObject({ spilled: 1 });
  const told = log.lines.filter(({ fact }) => fact === "queue.message_unreadable");
  expect(told.map(({ fields }) => fields["error"])).toEqual([
    expect.stringMatching(/^spill-0\.db in the data folder is damaged where an event waits/),
  ]);
  expect(file.prepare("select id from waiting").all()).toEqual([{ id: 2 }]);
});

test("the engine is asked nothing where nothing that waits can be read", async () => {
  const { open, log, folder, sends } = await aWorld();
  const slot = await takeSlot(folder);
  await slot.add([{ shard: 1, lane: "newer", at: Date.now() }], pack([new Uint8Array([99, 1, 2, 3])]));
  await slot.close();

  await open();

  await eventually(() => expect(log.facts()).toEqual(["queue.message_unreadable"]));
  await sleep(200);
  expect(sends).toEqual([]);
  expect(log.facts()).toHaveLength(1);
});

test.each([
  ["fifty here and there", (index: number) => index % 20 === 0, 50],
  ["two before all others", (index: number) => index < 2, 2],
])(
  "an engine that fails over single messages and does not say so gets all thousand others: %s",
  async (_where, isBefore, count) => {
    const { open, got, trouble } = await aWorld();
    const queue = await open();
    trouble(away);
    const good = apart("good", 1_000);
    await queue.send(
      good.flatMap((one, index) => (isBefore(index) ? [...apart(`odd${index}`, 1), one] : one)),
    );

    trouble((message) => (textOfMessage(message).startsWith("odd") ? "odd" : undefined));

    expect((await got(1_000)).map(textOfMessage).toSorted()).toEqual(good.map(textOfMessage).toSorted());
    await eventually(async () => expect(await queue.depth()).toMatchObject({ spilled: count }));
  },
);
