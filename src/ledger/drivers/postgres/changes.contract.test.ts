import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { PostgresServer } from "../../../../test/support/servers/postgres-server.ts";
import { openPostgres } from "../../../lib/postgres/postgres.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { dead, process, replayOf } from "../../../testing/ledger-driver/harness.ts";
import { markChanges, visibleChange } from "./changes.ts";
import { openPostgresLedger } from "./ledger.ts";

const isThere = await answers("postgres");

describe.skipIf(!isThere)("a reader of changes", () => {
  test("misses none that is committed after a later one, and has those before at once", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    // More than the key of a lock can tell.
    await schema.query(`select setval('${schema.name}.change_seq', 3000000000)`);
    const [slow, first, quick] = [aMessage(), aMessage(), aMessage()];
    await process(ledger, slow, dead("before"));
    const before = await ledger.latestChange();
    await process(ledger, first);
    const newest = await ledger.latestChange();
    const client = await schema.connect();
    // Without the trigger that counts: one of 32 rows of totals might be also that of the quick one, which would wait.
    await client.query("begin; set local session_replication_role = replica");
    await client.query(markChanges(`"${schema.name}"`));
    await client.query(
      `update ${schema.name}.event set change = nextval('${schema.name}.change_seq') where event_id = $1`,
      [slow.eventId],
    );
    const read = async (): Promise<readonly string[]> =>
      (await ledger.changes(before, 10)).map(({ record }) => record.eventId);

    await process(ledger, quick);
    expect(await read()).toEqual([first.eventId]);
    expect(await ledger.latestChange()).toBe(newest);
    await client.query("commit");

    expect(await read()).toEqual([first.eventId, slow.eventId, quick.eventId]);
    await ledger.close();
  });

  test("is not shown what is drawn by a writer that begins while the newest change is looked for", async () => {
    await using schema = ownSchema();
    await (await openPostgresLedger(schema.url)).close();
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });
    const writer = await schema.connect();
    let drawn = Infinity;
    const write = async (): Promise<void> => {
      await writer.query("begin");
      await writer.query(markChanges(db.schema));
      const { rows } = await writer.query<{ id: string }>(`select nextval('${db.schema}.change_seq') as id`);
      drawn = Number(rows[0]?.id);
    };
    const query = async (sql: string, values?: unknown[]): Promise<unknown> => {
      const answer = await db.pool.query(sql, values);
      if (drawn === Infinity) await write();
      return answer;
    };

    const visible = await visibleChange({ ...db, pool: Object.assign(Object.create(db.pool), { query }) });

    expect(visible).toBeLessThan(drawn);
    await writer.query("rollback");
    await db.end();
  });

  test("is shown all of them whatever is written in another database of the server", async () => {
    await using server = await PostgresServer.start();
    await server.query("create database other");
    const ledger = await openPostgresLedger(server.url);
    await ledger.share(1);
    const url = server.url.replace(/postgres$/, "other");
    await (await openPostgresLedger(url)).close();
    await using held = new AsyncDisposableStack();
    const client = new Client({ connectionString: url });
    await client.connect();
    held.defer(() => client.end());
    await client.query("begin");
    await client.query(markChanges('"hookwell"'));
    const message = aMessage();

    await process(ledger, message);

    expect(await ledger.changes(0, 10)).toMatchObject([{ record: { eventId: message.eventId } }]);
    await ledger.close();
  });

  test.for(["settled", "replayed"])(
    "is shown no later one before what is being %s is written down",
    async (what) => {
      await using schema = ownSchema();
      const ledger = await openPostgresLedger(schema.url);
      await ledger.share(1);
      const failed = aMessage();
      await process(ledger, failed, dead("gave up"));
      const before = await ledger.latestChange();
      const client = await schema.connect();
      const event = `${schema.name}.event`;
      await client.query(`begin; lock table ${event} in exclusive mode`);

      const writing =
        what === "settled"
          ? process(ledger, aMessage())
          : ledger.reopen(failed.eventId, replayOf(failed).copy);
      await eventually(async () =>
        expect(
          await schema.query(`select from pg_locks where not granted and relation = '${event}'::regclass`),
        ).toHaveLength(1),
      );
      await schema.query(`select nextval('${schema.name}.change_seq')`);

      expect(await ledger.latestChange()).toBe(before);
      await client.query("commit");
      await writing;
      expect(await ledger.latestChange()).toBeGreaterThan(before + 1);
      await ledger.close();
    },
  );
});
