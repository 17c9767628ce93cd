import { join } from "node:path";
import { expect, test } from "vitest";
import { writeFirstVersion } from "../../../../test/support/drivers/first-version.ts";
import { tempFolder } from "../../../../test/support/temp-folder.ts";
import { encodeMessage, splitMessage } from "../../../event/message.ts";
import { aMessage } from "../../../testing/builders.ts";
import { statusCode } from "./rows.ts";
import { ledgerSchema } from "./schema.ts";
import { openSqliteLedger } from "./ledger.ts";

test("a file of the version before is taken over: events, attempts, repeats and revisions are known", async () => {
  await using folder = await tempFolder();
  const path = join(folder.path, "ledger.db");
  const message = aMessage({ eventId: "e1", entity: "message:1", revision: 3 });
  writeFirstVersion(path, ledgerSchema, (db) => {
    const { head, body } = splitMessage(encodeMessage(message));
    db.exec(
      "insert into name values (1, 'message.delivered'); update total set count = 1 where what = 'handled'",
    );
    db.prepare(/* sql */ `
      insert into event (seq, received_at, name, status, attempts, deliveries, conflict, counts, started_at, ended_at,
        settled_at, head, body) values (7, ?, 1, ?, 2, 1, 0, 1, 5, 6, 6, ?, ?)`).run(
      message.receivedAt,
      statusCode("handled"),
      head,
      body,
    );
    db.exec(`
      insert into attempt values (7, 1, 1, 2, 'no answer');
      insert into segment values (1, 0, 'live', 7, 1, x'00');
      insert into lookup values (1, 5, 7)`);
  });

  const ledger = await openSqliteLedger(path);
  const older = aMessage({ entity: "message:1", revision: 2 });
  const verdicts = await ledger.admit([{ ...message, copy: "another" }]);
  const gate = await ledger.admit([older]);

  expect([...verdicts, ...gate]).toEqual([{ kind: "duplicate" }, { kind: "obsolete", newest: 3 }]);
  const { attemptLog } = (await ledger.get("e1")) ?? {};
  expect(attemptLog?.map(({ outcome, error }) => [outcome, error])).toEqual([
    ["failed", "no answer"],
    ["handled", null],
  ]);
  expect(Buffer.from((await ledger.message("e1"))?.body ?? [])).toEqual(Buffer.from(message.body));
  expect((await ledger.stats()).events).toMatchObject({ handled: 1, obsolete: 1 });
  expect((await ledger.timeline("message:1", 10)).map(({ revision }) => revision)).toEqual([2, 3]);
  await ledger.close();
});
