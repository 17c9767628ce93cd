import { join } from "node:path";
import { DatabaseSync, StatementSync } from "node:sqlite";
import { expect, test, vi } from "vitest";
import { openLedgerTables, type OpenLedgerTables } from "../../../../test/support/ledger/ledger-tables.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { aMessage } from "../../../testing/builders.ts";
import { EventRows } from "./rows.ts";

/** One of which very much happened. */
const entity = "conversation:1";

function fill(ledger: OpenLedgerTables, count: number): void {
  ledger.handle(Array.from({ length: count }, () => aMessage({ entity, state: null, revision: null })));
}

test("a page of a name goes along the index of names, and not through all events of a status", async () => {
  await using folder = await tempFolder();
  const prepare = vi.spyOn(DatabaseSync.prototype, "prepare");

  using _ = openLedgerTables(join(folder.path, "ledger.db"));

  const { calls, contexts } = prepare.mock;
  prepare.mockRestore();
  const ways = calls.flatMap(([sql], index) =>
    sql.includes("event_by_name")
      ? (contexts[index] as DatabaseSync).prepare(`explain query plan ${sql}`).all()
      : [],
  );
  expect(ways.map(({ detail }) => detail)).toEqual([
    expect.stringMatching(
      /^SEARCH event USING COVERING INDEX event_by_name \(name=\? AND status=\? AND received/,
    ),
  ]);
});

test("a page of many names reads of each no more events than it shows", async () => {
  await using folder = await tempFolder();
  using ledger = openLedgerTables(join(folder.path, "ledger.db"));
  const events = Array.from({ length: 1_000 }, (_, index) => aMessage({ name: `message.n${index % 40}` }));
  ledger.handle(events);
  const spies = [vi.spyOn(StatementSync.prototype, "get"), vi.spyOn(StatementSync.prototype, "all")];

  const first = ledger.store.list.page({ name: "message.*" }, 20, null);

  const read = spies.flatMap((spy) => spy.mock.results.flatMap(({ value }) => value ?? []));
  vi.restoreAllMocks();
  expect(read.length).toBeLessThan(100);
  const second = ledger.store.list.page({ name: "message.*" }, 980, first.next);
  const ids = [...first.items, ...second.items].map(({ eventId }) => eventId);
  expect(ids).toEqual(events.map(({ eventId }) => eventId).toReversed());
  expect(second.next).toBeNull();
});

test("a page of an entity reads no more events than it shows, however many there are", async () => {
  await using folder = await tempFolder();
  using ledger = openLedgerTables(join(folder.path, "ledger.db"));
  fill(ledger, 500);
  const read = vi.spyOn(EventRows.prototype, "at");

  const first = ledger.store.list.page({ entity }, 10, null);
  const second = ledger.store.list.page({ entity }, 10, first.next);
  const none = ledger.store.list.page({ entity, status: "dead" }, 10, null);

  expect(new Set([...first.items, ...second.items].map(({ eventId }) => eventId)).size).toBe(20);
  expect(none).toEqual({ items: [], next: null });
  expect(read.mock.calls.length).toBeLessThan(25);
  read.mockRestore();
});

test("a page that shows the last event of an entity is the last one", async () => {
  await using folder = await tempFolder();
  using ledger = openLedgerTables(join(folder.path, "ledger.db"));
  fill(ledger, 10);

  const page = ledger.store.list.page({ entity }, 10, null);

  expect([page.items.length, page.next]).toEqual([10, null]);
});

test("a search for text in the events of an entity gives others their turn, and goes on from there", async () => {
  await using folder = await tempFolder();
  using ledger = openLedgerTables(join(folder.path, "ledger.db"));
  const oldest = aMessage({ entity, state: null, revision: null, receivedAt: Date.now() - 1_000 });
  ledger.handle([oldest]);
  fill(ledger, 2_500);
  const filter = { entity, text: oldest.eventId };

  const first = ledger.store.list.page(filter, 10, null);
  const second = ledger.store.list.page(filter, 10, first.next);

  expect(first.items).toEqual([]);
  expect(second).toMatchObject({ items: [{ eventId: oldest.eventId }], next: null });
});

test("a search for text in all events gives others their turn, too", async () => {
  await using folder = await tempFolder();
  using ledger = openLedgerTables(join(folder.path, "ledger.db"));
  const oldest = aMessage({ receivedAt: Date.now() - 1_000 });
  ledger.handle([oldest, ...Array.from({ length: 2_500 }, () => aMessage())]);
  const filter = { text: oldest.eventId };

  const first = ledger.store.list.page(filter, 10, null);
  const second = ledger.store.list.page(filter, 10, first.next);

  expect(first.items).toEqual([]);
  expect(second).toMatchObject({ items: [{ eventId: oldest.eventId }], next: null });
});

test("a page of an entity without a text is not left short, however far apart its events are", async () => {
  await using folder = await tempFolder();
  using ledger = openLedgerTables(join(folder.path, "ledger.db"));
  const rare = aMessage({ entity, name: "chat.closed", state: null, receivedAt: Date.now() - 1_000 });
  ledger.handle([rare]);
  fill(ledger, 2_500);

  const page = ledger.store.list.page({ entity, name: "chat.closed" }, 10, null);

  expect(page).toMatchObject({ items: [{ eventId: rare.eventId }], next: null });
});
