import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { aMessage } from "../../../testing/builders.ts";
import { openSqliteLedger } from "./ledger.ts";

const handled = { outcome: { kind: "handled" }, conflict: false, startedAt: 1, endedAt: 2 } as const;

/** A ledger with one event, whose file is then changed. */
async function changedLedger(folder: string, sql: string): Promise<string> {
  const path = join(folder, "ledger.db");
  const ledger = await openSqliteLedger(path);
  const message = aMessage();
  await ledger.admit([message]);
  await ledger.settle([{ message, ...handled }]);
  await ledger.close();
  const db = new DatabaseSync(path, { defensive: false });
  db.exec(sql);
  db.close();
  return path;
}

/** What is said of a file that is damaged, and what to do. */
const told = (path: string): RegExp =>
  new RegExp(`${path} cannot be used: .*if the file is damaged, restore it from a backup`);

/** What is in the file need not keep to its schema. */
const nullable = `pragma writable_schema = on;
  update sqlite_schema set sql = replace(sql, 'not null', '') where name = 'event'; pragma writable_schema = reset`;
const cutOff = "update event set head = substr(head, 1, 8)";
const seal = "insert into segment (level, phase, sealed_to, entries) values (0, 'live', 9, 0)";

test.each([
  ["cut off", cutOff],
  ["of another format", "update event set head = cast(x'ff' || substr(head, 2) as blob)"],
  ["that is gone", `${nullable}; update event set head = null`],
  ["that is no list", "update event set head = cast(x'0100000002' || '{}' as blob)"],
  ["of an event that has changed since it was sealed", `${cutOff}, changed = 10; ${seal}`],
])("a row whose head is damaged ends a start with the file and what to do: one %s", async (_, damage) => {
  await using folder = await tempFolder();
  const path = await changedLedger(folder.path, damage);

  await expect(openSqliteLedger(path)).rejects.toThrow(told(path));
});

test.each([
  ["whose head is cut off", cutOff],
  ["whose head is gone", `${nullable}; update event set head = null`],
  ["with a status that there is not", "update event set status = 9"],
])("a row %s that only a list reads fails the list alone", async (_, damage) => {
  await using folder = await tempFolder();
  const path = await changedLedger(folder.path, `${damage}; ${seal}`);
  const ledger = await openSqliteLedger(path);
  const message = aMessage();

  await ledger.admit([message]);
  await expect(ledger.list({}, 10, null)).rejects.toThrow(
    /: event 1 is damaged; restore the file from a backup. .*(cut off|without its head|status that there is not)/,
  );

  await ledger.settle([{ message, ...handled }]);
  expect(await ledger.admit([aMessage()])).toMatchObject([{ kind: "fresh" }]);
  await ledger.close();
});

test.each([
  ["body", "body = cast(replace(cast(body as text), 'message', 'massage') as blob)"],
  ["head", "head = cast(replace(cast(head as text), 'message', 'massage') as blob)"],
  ["body, which is gone", "body = null"],
  ["body, which is a text", "body = cast(body as text)"],
])("an event is not given to anybody with other bytes than were written: a damaged %s", async (_, damage) => {
  await using folder = await tempFolder();
  const path = await changedLedger(folder.path, `${nullable}; update event set ${damage}`);
  const ledger = await openSqliteLedger(path);
  const [record] = (await ledger.list({}, 10, null)).items;

  await expect(ledger.message(record?.eventId ?? "")).rejects.toThrow(
    ": event 1 is damaged; restore the file from a backup. Its bytes are not what was written.",
  );
  await ledger.close();
});
