import { cp } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test, vi } from "vitest";
import { LedgerHistory } from "../../../../test/support/ledger/ledger-history.ts";
import { openLedgerTables, type OpenLedgerTables } from "../../../../test/support/ledger/ledger-tables.ts";
import { tempFolder, type TempFolder } from "../../../../test/support/temp-folder.ts";
import type { Message } from "../../../event/message.ts";
import { aMessage } from "../../../testing/builders.ts";
import { oneIn, seededRandom } from "../../../lib/random.ts";
import { keyHash } from "./keys/key-hash.ts";
import type { KeySizes } from "./keys/keys.ts";
import { EventRows } from "./rows.ts";

/** As in a long life, but small. */
const sizes: KeySizes = { sealAfter: 200, fanout: 3, sliceEntries: 64, chunkEntries: 9, pieceBytes: 512 };

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

/** Until a merge has begun a segment that is not asked yet. */
function growUntilMerging({ ledger, history }: Life): void {
  for (let isMerging = false; !isMerging;) {
    history.grow(ledger, 50);
    for (let turns = 0; turns < 20 && !isMerging && ledger.upkeep(); turns += 1) {
      isMerging =
        ledger.levels().length >= sizes.fanout && ledger.countOf("segment") > ledger.levels().length;
    }
  }
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
    using again = openLedgerTables(path, sizes);

    expect(history.unknownTo(again.store, 5)).toEqual([]);
    expect(history.unguardedBy(again)).toEqual([]);
  });

  test("events that are handled while upkeep takes its turns are known as well", async () => {
    await using life = await startLife(3);
    const { ledger, history } = life;
    const random = seededRandom(33);
    const unknown: string[] = [];
    while (history.size < 2_000) {
      history.grow(ledger, 20);
      for (let turns = Math.floor(random() * 12); turns > 0; turns -= 1) ledger.upkeep();
      if (oneIn(random, 5)) unknown.push(...history.unknownTo(ledger.store, 7));
    }

    expect([...unknown, ...history.unknownTo(ledger.store)]).toEqual([]);
    expect(history.unknownTo(ledger.restarted())).toEqual([]);
    expect(history.unguardedBy(ledger)).toEqual([]);
  });
});

test("what is not sealed does not wait for a merge that is under way", async () => {
  await using life = await startLife(16);
  const { ledger, history } = life;
  growUntilMerging(life);
  history.grow(ledger, 2 * sizes.sealAfter);
  const sealed = ledger.levels().length;

  while (ledger.levels().length <= sealed && ledger.upkeep());

  expect(ledger.levels()).toEqual(Array.from({ length: sealed + 1 }, () => 0));
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
    using next = openLedgerTables(copy, sizes);
    expect(history.unknownTo(next.store, 3)).toEqual([]);
    rest(next);
    expect(history.unknownTo(next.store, 3)).toEqual([]);
    expect(next.countOf("segment")).toBe(next.levels().length);
    expect(history.unguardedBy(next, 2)).toEqual([]);
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

  test("leaves dead letters, which are found at their age among what is gone, also after a restart", async () => {
    await using life = await startLife(9);
    const { ledger, history, path } = life;
    const dead = Array.from({ length: 200 }, (_, index) =>
      aMessage({ eventId: `dead ${index}`, receivedAt: 1 }),
    );
    for (const message of dead) {
      ledger.handle([aMessage({ entity: message.entity, revision: 0, receivedAt: 1 })]);
      ledger.end(message, { kind: "dead", error: "no" });
    }
    history.grow(ledger, 250);
    rest(ledger);

    expect(ledger.prune(2)).toBe(200);
    rest(ledger);
    ledger.close();
    using again = openLedgerTables(path, sizes);

    const found = dead.map(({ eventId, entity }) => [
      again.store.get(eventId)?.status,
      again.store.timeline(entity, 10).map((record) => record.eventId),
    ]);
    expect(found).toEqual(dead.map(({ eventId }) => ["dead", [eventId]]));
    expect(history.unknownTo(again.store)).toEqual([]);
  });

  test("goes in parts, so that events need not wait for all of it", async () => {
    await using life = await startLife(17);
    const { ledger } = life;
    ledger.handle(Array.from({ length: 1_500 }, () => aMessage({ entity: "message:1", receivedAt: 1 })));
    ledger.handle([aMessage({ entity: "message:1", revision: 2, receivedAt: 1 })]);
    const obsolete = () => aMessage({ entity: "message:1", revision: 0, receivedAt: 1 });
    ledger.handle(Array.from({ length: 1_500 }, obsolete));
    const parts = vi.spyOn(ledger.store, "prune");

    ledger.prune(2);

    expect(parts.mock.results.map(({ value }) => value as number)).toEqual([2_000, 1_001, 0]);
  });

  test("has its keys removed only where all of a segment is that old, since that writes all of it anew", async () => {
    await using life = await startLife(18);
    const { ledger } = life;
    ledger.handle(Array.from({ length: sizes.sealAfter }, (_, index) => aMessage({ receivedAt: index })));
    rest(ledger);
    ledger.handle([aMessage()]);
    const before = ledger.countOf("lookup");

    expect(ledger.prune(100)).toBe(100);
    rest(ledger);

    expect(ledger.countOf("lookup")).toBe(before);
  });

  test("takes the errors of its attempts along", async () => {
    await using life = await startLife(14);
    const { ledger } = life;
    const message = aMessage({ receivedAt: 1 });
    ledger.end(message, { kind: "retry", error: "no answer of ann@example.com" });
    ledger.handle([message]);
    expect(ledger.countOf("attempt")).toBe(1);

    ledger.prune(2);

    expect(ledger.countOf("attempt")).toBe(0);
  });

  test("leaves nothing half done of a merge that was under way", async () => {
    await using life = await startLife(15);
    const { ledger, history } = life;
    growUntilMerging(life);
    ledger.upkeep();

    ledger.prune(1);
    rest(ledger);

    expect(ledger.countOf("segment")).toBe(ledger.levels().length);
    expect(history.unknownTo(ledger.store)).toEqual([]);
  });

  test("has its keys removed also if a merge is under way then", async () => {
    await using life = await startLife(19);
    const { ledger } = life;
    growUntilMerging(life);
    // Keys of the newest segment go when there is a later change.
    ledger.handle([aMessage()]);

    ledger.prune(Number.MAX_SAFE_INTEGER);
    rest(ledger);

    expect(ledger.countOf("event")).toBe(0);
    expect(ledger.countOf("lookup")).toBe(0);
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
  expect(ledger.handle([{ ...message, copy: "repeated" }])).toEqual([{ kind: "duplicate" }]);
  history.grow(ledger, 250);
  rest(ledger);

  expect(ledger.restarted().get("again")).toMatchObject({ status: "handled" });
  expect(ledger.handle([{ ...message, copy: "newer" }])).toEqual([{ kind: "duplicate" }]);
});

test("events are sealed once, so that neither memory nor segments hold them again and again", async () => {
  await using life = await startLife(20);
  const { ledger } = life;
  const chunks = [1, 2].map(() => {
    ledger.handle(Array.from({ length: sizes.sealAfter }, () => aMessage()));
    rest(ledger);
    return ledger.countOf("lookup");
  });

  expect(chunks[1]).toBe(2 * (chunks[0] ?? 0));
});

test("what is sealed is not read at a start and sealed once more", async () => {
  await using life = await startLife(23);
  const { ledger, path } = life;
  ledger.handle(Array.from({ length: sizes.sealAfter }, () => aMessage()));
  rest(ledger);
  const chunks = ledger.countOf("lookup");
  ledger.close();

  using again = openLedgerTables(path, sizes);
  rest(again);

  expect(again.countOf("lookup")).toBe(chunks);
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

test("a mass of repeats is sealed too, so that a start has little to read", async () => {
  await using life = await startLife(12);
  const { ledger } = life;
  const messages = Array.from({ length: 2_000 }, () => aMessage());
  ledger.handle(messages);
  rest(ledger);
  for (let from = 0; from < messages.length; from += 100) {
    const repeats = messages.slice(from, from + 100).map((message) => ({ ...message, copy: "sent again" }));
    expect(new Set(ledger.handle(repeats).map(({ kind }) => kind))).toEqual(new Set(["duplicate"]));
    rest(ledger);
  }
  const read = vi.spyOn(EventRows.prototype, "at");

  ledger.restarted();

  expect(read.mock.calls.length).toBeLessThan(2 * sizes.sealAfter);
  read.mockRestore();
});

test("a newer event that failed, and once more after it was sealed, makes no older one obsolete after a restart", async () => {
  await using life = await startLife(13);
  const { ledger, history, path } = life;
  const message = aMessage({ entity: "message:failing", revision: 5 });
  const fail = (): void => ledger.end(message, { kind: "retry", error: "no answer" });
  fail();
  history.grow(ledger, 250);
  rest(ledger);
  fail();
  ledger.close();

  using again = openLedgerTables(path, sizes);

  expect(again.store.get(message.eventId)?.attempts).toBe(2);
  expect(again.handle([aMessage({ entity: message.entity, revision: 3 })])).toMatchObject([
    { kind: "fresh" },
  ]);
});

test("an event that failed, and was handled once it was sealed, makes older ones obsolete after a restart", async () => {
  await using life = await startLife(21);
  const { ledger, path } = life;
  const messages = [1, sizes.sealAfter].map((seq) => aMessage({ entity: `message:${seq}`, revision: 5 }));
  const [first, last] = messages as [Message, Message];
  const fail = (message: Message): void => ledger.end(message, { kind: "retry", error: "no answer" });
  // The very first and the very last change that are sealed.
  fail(first);
  ledger.handle(Array.from({ length: sizes.sealAfter - 2 }, () => aMessage()));
  fail(last);
  rest(ledger);
  ledger.handle(messages);
  ledger.close();

  using again = openLedgerTables(path, sizes);

  const older = messages.map(({ entity }) => aMessage({ entity, revision: 3 }));
  expect(again.handle(older)).toEqual(older.map(() => ({ kind: "obsolete", newest: 5 })));
});

test.each([0, 500])(
  "of events with one revision the one that was handled last is known when %i others were sealed behind them",
  async (others) => {
    await using life = await startLife(22);
    const { ledger, history, path } = life;
    const [first, last] = [1, 2].map(() => aMessage({ entity: "message:twice", revision: 5 })) as [
      Message,
      Message,
    ];
    for (const message of [first, last]) {
      ledger.handle([message]);
      history.grow(ledger, 250);
      rest(ledger);
    }
    history.grow(ledger, others);
    rest(ledger);
    ledger.close();

    using again = openLedgerTables(path, sizes);

    expect(Math.max(...again.levels())).toBe(others === 0 ? 0 : 1);
    const replay = { ...last, copy: "once more", replay: true };
    expect(again.handle([replay])).toMatchObject([{ kind: "fresh", conflict: false }]);
  },
);

test("states that are not their entities keep their revisions, and entities all of their events", async () => {
  await using life = await startLife(10);
  const { ledger, path } = life;
  // A state may read like the entity of others. The last few are not sealed when the ledger is closed.
  const message = (index: number, revision: number) =>
    aMessage({ entity: `chat:${index % 7}`, state: `chat:${index % 40}`, revision });
  const ids = new Map<string, Set<string>>();
  for (let round = 1; round <= 62; round += 1) {
    const messages = Array.from({ length: 40 }, (_, index) => message(index, round));
    for (const { entity, eventId } of messages) {
      ids.set(entity, (ids.get(entity) ?? new Set<string>()).add(eventId));
    }
    ledger.handle(messages);
    rest(ledger);
  }
  expect(Math.max(...ledger.levels())).toBeGreaterThan(1);
  ledger.close();
  using again = openLedgerTables(path, sizes);

  const timelines = [...ids.keys()].map((entity) => again.store.timeline(entity, 10_000));
  expect(timelines.map((records) => new Set(records.map(({ eventId }) => eventId)))).toEqual([
    ...ids.values(),
  ]);
  expect(again.handle(Array.from({ length: 40 }, (_, index) => message(index, 61)))).toEqual(
    Array.from({ length: 40 }, () => ({ kind: "obsolete", newest: 62 })),
  );
});

test("two events, entities and states that have the same hash stay two", async () => {
  await using life = await startLife(11);
  const { ledger, history, path } = life;
  const one = aMessage({ eventId: "e5013919", entity: "message:7353123", revision: 9 });
  const other = aMessage({ eventId: "e8604580", entity: "message:20910593", revision: 2 });
  expect(keyHash("event", one.eventId)).toBe(keyHash("event", other.eventId));
  expect(keyHash("subject", one.entity)).toBe(keyHash("subject", other.entity));
  ledger.handle([one]);
  history.grow(ledger, 250);
  rest(ledger);
  ledger.close();

  const again = openLedgerTables(path, sizes);
  expect(again.handle([other])).toEqual([{ kind: "fresh", conflict: false, attempts: 0, isCutOff: false }]);
  history.grow(again, 250);
  rest(again);
  again.close();
  using last = openLedgerTables(path, sizes);

  const found = [one, other].map(({ eventId, entity }) => [
    last.store.get(eventId)?.entity,
    last.store.timeline(entity, 10).map((record) => record.eventId),
    last.store.list.page({ entity }, 10, null).items.map((record) => record.eventId),
  ]);
  expect(found).toEqual([one, other].map(({ eventId, entity }) => [entity, [eventId], [eventId]]));
  const older = [one, other].map(({ entity }) => aMessage({ entity, revision: 1 }));
  expect(last.handle(older)).toEqual([9, 2].map((newest) => ({ kind: "obsolete", newest })));
});
