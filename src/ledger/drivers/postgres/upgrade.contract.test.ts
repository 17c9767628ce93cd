import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, timed } from "../../../testing/eventually.ts";
import { process } from "../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "./ledger.ts";

test.skipIf(!(await answers("postgres")))(
  "nobody waits long for tables that are still being made or brought up to date",
  { timeout: 30_000 },
  async () => {
    await using schema = ownSchema();
    const { name } = schema;
    await schema.query(
      `create schema ${name}; create table ${name}.schema_version (part text primary key, version int not null, least int not null)`,
    );
    await schema.query(`create table ${name}.done (); create function ${name}.slow() returns trigger language plpgsql as $$
      begin
        for n in 1..400 loop exit when exists (select from ${name}.done); perform pg_sleep(0.05); end loop;
        return new;
      end $$`);
    await schema.query(
      `create trigger slow before insert on ${name}.schema_version for each row execute function ${name}.slow()`,
    );

    const { ms, value: ledger } = await timed(() => openPostgresLedger(schema.url));

    expect(ms).toBeLessThan(7_900);
    expect(await schema.query(`select from ${name}.schema_version`)).toEqual([]);
    await schema.query(`insert into ${name}.done default values`);
    await eventually(() => ledger.share(1));
    await process(ledger, aMessage());
    await ledger.close();
  },
);
