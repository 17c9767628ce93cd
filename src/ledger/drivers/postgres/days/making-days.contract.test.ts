import { Client } from "pg";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import { rowsOf } from "../../../../../test/support/ledger/ledger-days.ts";
import { PostgresServer } from "../../../../../test/support/servers/postgres-server.ts";
import { openPostgres, type Postgres } from "../../../../lib/postgres/postgres.ts";
import { eventually, promptly, timed } from "../../../../testing/eventually.ts";
import { openPostgresLedger } from "../ledger.ts";
import { beginChange, dayMs, makePartitions } from "./partitions.ts";

const open = ({ url }: PostgresServer): Promise<Postgres> =>
  openPostgres(url, { part: "ledger", connections: 1 });

describe.skipIf(!(await answers("postgres")))("making the days to come", () => {
  test("has longer than other queries to look through what is in no day, for which nobody waits", async () => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await server.query(rowsOf("hookwell", "dead", 0, 10_001));
    await server.query(`create function dawdle() returns event_trigger language plpgsql as $$ begin
        if current_query() ~ 'validate constraint' then perform pg_sleep(5.5); end if;
      end $$;
      create event trigger dawdle on ddl_command_start execute function dawdle()`);
    const db = await open(server);

    expect(await makePartitions(db, Date.now() + dayMs)).toEqual([]);

    await db.end();
    await ledger.close();
  });

  test("waits for another process that looks through what is in no day, and for no table, behind which others would wait", async () => {
    await using server = await PostgresServer.start();
    const ledger = await openPostgresLedger(server.url);
    await server.query(rowsOf("hookwell", "dead", 0, 10_001));
    await server.query(`create function look() returns event_trigger language plpgsql as $$ begin
        if current_query() ~ 'validate constraint' then perform pg_advisory_xact_lock_shared(7); end if;
      end $$;
      create event trigger look on ddl_command_end execute function look()`);
    const gate = new Client({ connectionString: server.url });
    await gate.connect();
    await gate.query("select pg_advisory_lock(7)");
    const [first, second] = await Promise.all([open(server), open(server)]);
    /** What is waited for. */
    const awaited = async (isGate: boolean): Promise<readonly unknown[]> => {
      const waits = await server.query(
        `select locktype from pg_locks where not granted and (locktype = 'advisory' and objid = 7) = ${isGate}`,
      );
      expect(waits).not.toEqual([]);
      return waits;
    };

    const looking = makePartitions(first, Date.now() + dayMs);
    await eventually(() => awaited(true));
    const waiting = makePartitions(second, Date.now() + dayMs);
    const waits = await eventually(() => awaited(false));
    await gate.end();

    expect(waits).toEqual([{ locktype: "advisory" }]);
    expect(await Promise.all([looking, waiting])).toEqual([[], []]);
    await Promise.all([first.end(), second.end()]);
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
