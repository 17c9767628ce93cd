import { describe, expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import { rowsOf } from "../../../../../test/support/ledger/ledger-days.ts";
import { PostgresServer } from "../../../../../test/support/servers/postgres-server.ts";
import { openPostgres } from "../../../../lib/postgres/postgres.ts";
import { promptly, timed } from "../../../../testing/eventually.ts";
import { openPostgresLedger } from "../ledger.ts";
import { beginChange, dayMs, makePartitions } from "./partitions.ts";

describe.skipIf(!(await answers("postgres")))("making the days to come", () => {
  test("has longer than other queries to look through what is in no day, for which nobody waits", async () => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await server.query(rowsOf("hookwell", "dead", 0, 10_001));
    await server.query(`create function dawdle() returns event_trigger language plpgsql as $$ begin
        if current_query() ~ 'validate constraint' then perform pg_sleep(5.5); end if;
      end $$;
      create event trigger dawdle on ddl_command_start execute function dawdle()`);
    const db = await openPostgres(server.url, { part: "ledger", connections: 1 });

    expect(await makePartitions(db, Date.now() + dayMs)).toEqual([]);

    await db.end();
    await ledger.close();
  });

  test("that fails behind who reads keeps others waiting for no longer than two waits, and looks at no further day", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const reader = await schema.connect();
    await reader.query(`begin; lock table ${schema.name}.event_rest in access share mode`);
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });

    await promptly(5_500, async () => {
      const { ms, value: lacking } = await timed(() => makePartitions(db, Date.now() + 10 * dayMs));
      expect(lacking).toHaveLength(1);
      return ms;
    });

    await db.end();
    await ledger.close();
  });

  test("waits for no Hookwell of another schema that changes its own", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    const other = await schema.connect();
    await other.query("begin");
    await beginChange(other, '"other"');
    const db = await openPostgres(schema.url, { part: "ledger", connections: 1 });

    expect(await makePartitions(db, Date.now() + dayMs)).toEqual([]);

    await db.end();
    await ledger.close();
  });
});
