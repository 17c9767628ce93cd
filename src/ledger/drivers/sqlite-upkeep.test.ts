import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import {
  LedgerHistory,
  openLedgerTables,
  type OpenLedgerTables,
} from "../../../test/support/ledger-history.ts";
import { tempFolder, type TempFolder } from "../../../test/support/temp-folder.ts";
import { aMessage } from "../../testing/builders.ts";
import { oneIn, seededRandom } from "../../testing/random.ts";
import type { KeySizes } from "./sqlite-keys.ts";

/** As in a long life, but small. */
const sizes: KeySizes = { sealAfter: 200, fanout: 3, sliceEntries: 64 };

interface Life extends AsyncDisposable {
  readonly folder: TempFolder;
  readonly path: string;
  readonly ledger: OpenLedgerTables;
  readonly history: LedgerHistory;
}

async function startLife(seed: number): Promise<Life> {
  const folder = await tempFolder();
  const path = join(folder.path, "ledger.db");
  const ledger = openLedgerTables(path, sizes);
  const history = new LedgerHistory(seededRandom(seed));
  return {
    folder,
    path,
    ledger,
    history,
    [Symbol.asyncDispose]: async () => {
      ledger.close();
      await folder[Symbol.asyncDispose]();
    },
  };
}

/** Upkeep to its end. */
function rest(ledger: OpenLedgerTables): void {
  while (ledger.upkeep());
}

describe("after many segments and merges", () => {
  test("every event, every entity and the newest revision of every state is known, also after a restart", async () => {
    await using life = await startLife(1);
    const { ledger, history } = life;
    for (let round = 0; round < 16; round += 1) {
      history.grow(ledger, 250);
      // Now and then there is no time for it between two batches.
      if (round % 3 > 0) rest(ledger);
    }
    rest(ledger);

    expect(history.unknownTo(ledger.store)).toEqual([]);
    expect(history.unknownTo(ledger.restarted(), 3)).toEqual([]);
    expect(Math.max(...ledger.levels())).toBeGreaterThan(1);
    expect(ledger.levels().length).toBeLessThan(8);
    expect(history.unguardedBy(ledger)).toEqual([]);
  });

  test("a late repeat of an old revision does not open the gate, also after a restart", async () => {
    await using life = await startLife(2);
    const { ledger, history, path } = life;
    for (let round = 0; round < 8; round += 1) {
      history.grow(ledger, 250);
      rest(ledger);
    }
    const repeats = history.repeats(2);
    expect(new Set(ledger.handle(repeats).map(({ kind }) => kind))).toEqual(new Set(["duplicate"]));

    ledger.close();
    const again = openLedgerTables(path, sizes);

    expect(history.unknownTo(again.store, 5)).toEqual([]);
    expect(history.unguardedBy(again)).toEqual([]);
    again.close();
  });

  test("events that are handled while upkeep takes its turns are known as well", async () => {
    await using life = await startLife(3);
    const { ledger, history } = life;
    const random = seededRandom(33);
    while (history.size < 2_000) {
      history.grow(ledger, 20);
      for (let turns = Math.floor(random() * 12); turns > 0; turns -= 1) ledger.upkeep();
    }

    expect(history.unknownTo(ledger.store)).toEqual([]);
    expect(history.unknownTo(ledger.restarted())).toEqual([]);
    expect(history.unguardedBy(ledger)).toEqual([]);
  });
});

test("a crash at any moment of the upkeep loses nothing, and the next life tidies up after it", async () => {
  await using life = await startLife(4);
  const { ledger, history, folder, path } = life;
  const random = seededRandom(44);
  const copies: string[] = [];
  const lost: string[] = [];
  for (let round = 0; round < 9; round += 1) {
    history.grow(ledger, 250);
    while (ledger.upkeep()) {
      if (oneIn(random, 12)) lost.push(...history.unknownTo(ledger.restarted(), 7));
      if (round === 8 && oneIn(random, 25)) {
        // What a process that is killed now leaves on the disk: the file and its log.
        const copy = join(folder.path, `copy ${copies.length}.db`);
        await Promise.all([cp(path, copy), cp(`${path}-wal`, `${copy}-wal`)]);
        copies.push(copy);
      }
    }
  }

  expect(lost).toEqual([]);
  expect(copies.length).toBeGreaterThan(2);
  for (const copy of copies) {
    const next = openLedgerTables(copy, sizes);
    expect(history.unknownTo(next.store, 3)).toEqual([]);
    rest(next);
    expect(history.unknownTo(next.store, 3)).toEqual([]);
    expect(next.countOf("segment")).toBe(next.levels().length);
    expect(history.unguardedBy(next, 2)).toEqual([]);
    next.close();
  }
});

describe("what is pruned", () => {
  test("is gone, and so are its keys in the end; what is younger is known", async () => {
    await using life = await startLife(5);
    const { ledger } = life;
    const aged = (age: number) => (_: unknown, index: number) =>
      aMessage({ eventId: `${age}-${index}`, entity: `message:${age}-${index}`, receivedAt: 1_000 - age });
    for (const age of [500, 400, 300, 200, 100]) {
      ledger.handle(Array.from({ length: 200 }, aged(age)));
      rest(ledger);
    }
    const before = ledger.countOf("lookup");

    const removed = ledger.prune(1_000 - 250);
    rest(ledger);

    expect([removed, ledger.countOf("event")]).toEqual([600, 400]);
    expect(ledger.countOf("lookup")).toBeLessThan(before);
    const known = [500, 300, 200, 100].map((age) => ledger.store.get(`${age}-7`)?.eventId);
    expect(known).toEqual([undefined, undefined, "200-7", "100-7"]);
    expect(ledger.handle([500, 100].map((age) => aged(age)(undefined, 7)))).toMatchObject([
      { kind: "fresh" },
      { kind: "duplicate" },
    ]);
  });

  test("leaves no keys at all when nothing is left, and upkeep comes to an end", async () => {
    await using life = await startLife(6);
    const { ledger, history } = life;
    for (let round = 0; round < 5; round += 1) {
      history.grow(ledger, 250);
      rest(ledger);
    }

    ledger.prune(Number.MAX_SAFE_INTEGER);
    rest(ledger);
    // Keys of the newest segment go when there is a later change.
    ledger.handle([aMessage()]);
    ledger.prune(0);
    rest(ledger);

    expect(ledger.countOf("event")).toBe(1);
    expect(ledger.countOf("lookup")).toBe(0);
    expect(ledger.upkeep()).toBe(false);
  });
});

test("an event that was removed and comes again is found in its new place, also once both are sealed", async () => {
  await using life = await startLife(7);
  const { ledger, history } = life;
  const message = aMessage({ eventId: "again", receivedAt: 1 });
  ledger.handle([message]);
  history.grow(ledger, 250);
  rest(ledger);
  expect(ledger.prune(10)).toBe(1);
  expect(ledger.store.get("again")).toBeUndefined();

  expect(ledger.handle([{ ...message, receivedAt: 20, copy: "new" }])).toMatchObject([{ kind: "fresh" }]);
  history.grow(ledger, 250);
  rest(ledger);

  expect(ledger.restarted().get("again")).toMatchObject({ status: "handled" });
  expect(ledger.handle([{ ...message, copy: "newer" }])).toEqual([{ kind: "duplicate" }]);
});

test("a mass of old events that are handled again is sealed too, so that memory does not fill", async () => {
  await using life = await startLife(8);
  const { ledger } = life;
  const messages = Array.from({ length: 400 }, () => aMessage());
  ledger.handle(messages);
  rest(ledger);
  const segments = ledger.levels().length;

  ledger.handle(messages.map((message) => ({ ...message, copy: `${message.copy} again`, replay: true })));
  rest(ledger);

  expect(ledger.levels().length).toBe(segments + 1);
  expect(ledger.handle(messages.map((message) => aMessage({ entity: message.entity, revision: 0 })))).toEqual(
    messages.map(() => ({ kind: "obsolete", newest: 1 })),
  );
});
