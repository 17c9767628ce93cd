import { randomUUID } from "node:crypto";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { dead, process, replayOf, settled } from "../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "./ledger.ts";

const isThere = await answers("postgres");

describe.skipIf(!isThere)("a worker that loses a shard", () => {
  test("between what it asks and what it writes down does not admit its events", async () => {
    await using schema = ownSchema();
    const { name, query } = schema;
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    const message = aMessage();
    await process(ledger, message, dead("gave up"));
    const other = await schema.connect();
    await other.query("begin");
    await other.query(`update ${name}.shard set owner = $1`, [randomUUID()]);

    // That it is handled once more is written down.
    const admitting = ledger.admit([replayOf(message)]);
    const waiting = "select from pg_stat_activity where wait_event_type = 'Lock' and query like $1";
    await eventually(async () => expect(await query(waiting, [`%"${name}".shard%`])).toHaveLength(1));
    await other.query("commit");

    expect(await admitting).toEqual([{ kind: "elsewhere" }]);
    expect(await ledger.get(message.eventId)).toMatchObject({ status: "dead" });
    await ledger.close();
  });

  test("while a handler of its events runs keeps nothing of what that has written", async () => {
    await using schema = ownSchema();
    const { name, query } = schema;
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    await query(`create table ${name}.effect (event text)`);
    const message = aMessage();
    await ledger.admit([message]);
    const { client, commit } = await ledger.transaction(60_000);
    await client.query(`insert into ${name}.effect values ('twice')`);
    await query(`update ${name}.shard set owner = $1`, [randomUUID()]);

    const result = await commit(settled(message));

    expect(result).toEqual({ kind: "elsewhere" });
    expect(await query(`select from ${name}.effect`)).toEqual([]);
    expect((await ledger.get(message.eventId))?.status).not.toBe("handled");
    await ledger.close();
  });

  test("and has it back before its handlers are over keeps what they have done", async () => {
    await using schema = ownSchema();
    const { name, query } = schema;
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    await query(`create table ${name}.effect (event text)`);
    const [plain, suspect, transacted] = [aMessage(), aMessage(), aMessage()];
    await ledger.admit([plain, suspect, transacted]);
    const { client, commit } = await ledger.transaction(60_000);
    await client.query(`insert into ${name}.effect values ('once')`);
    await ledger.release([0]);
    expect((await ledger.share(1)).owned).toEqual([0]);

    await ledger.begin(suspect, 1);
    const lost = await ledger.settle([settled(plain)]);
    const committed = await commit(settled(transacted));

    expect(await ledger.get(suspect.eventId)).toMatchObject({ status: "pending", attempts: 1 });
    expect([lost, committed]).toEqual([[], { kind: "committed" }]);
    expect(await query(`select from ${name}.effect`)).toHaveLength(1);
    expect((await ledger.stats()).events).toMatchObject({ pending: 1, handled: 2 });
    await ledger.close();
  });
});
