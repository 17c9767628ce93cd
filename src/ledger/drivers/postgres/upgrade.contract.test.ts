import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { ownSchema } from "../../../../test/support/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, timed } from "../../../testing/eventually.ts";
import { process } from "../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "./ledger.ts";

test.skipIf(!(await answers("postgres")))(
  "nobody waits for tables that are brought up to date for long",
  { timeout: 30_000 },
  async () => {
    await using schema = ownSchema();
    await (await openPostgresLedger(schema.url)).close();
    const { name } = schema;
    await schema.query(`alter table ${name}.worker drop column reaches_queue, drop column reach_since`);
    await schema.query(`update ${name}.schema_version set version = 3`);
    await schema.query(`create table ${name}.done (); create function ${name}.slow() returns trigger language plpgsql as $$
      begin
        for n in 1..400 loop exit when exists (select from ${name}.done); perform pg_sleep(0.05); end loop;
        return new;
      end $$`);
    await schema.query(
      `create trigger slow before update on ${name}.schema_version for each row execute function ${name}.slow()`,
    );

    const { ms, value: ledger } = await timed(() => openPostgresLedger(schema.url));

    expect(ms).toBeLessThan(7_900);
    expect(await schema.query(`select version from ${name}.schema_version`)).toEqual([{ version: 3 }]);
    await schema.query(`insert into ${name}.done default values`);
    await eventually(() => ledger.share(1));
    await process(ledger, aMessage());
    await ledger.close();
  },
);
