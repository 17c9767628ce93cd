import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { ownSchema } from "../../../../test/support/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, timed } from "../../../testing/eventually.ts";
import { openPostgresQueue } from "./queue.ts";

const options = { leaseMs: 30_000 };

test.skipIf(!(await answers("postgres")))(
  "nobody waits for tables that are brought up to date for long",
  { timeout: 30_000 },
  async () => {
    await using schema = ownSchema();
    await (await openPostgresQueue(schema.url, options)).close();
    const { name } = schema;
    await schema.query(`drop index ${name}.message_due`);
    await schema.query(`create index message_ready on ${name}.message (ready_at, place) where not waiting`);
    await schema.query(`update ${name}.schema_version set version = 2`);
    await schema.query(`create table ${name}.done (); create function ${name}.slow() returns trigger language plpgsql as $$
      begin
        for n in 1..400 loop exit when exists (select from ${name}.done); perform pg_sleep(0.05); end loop;
        return new;
      end $$`);
    await schema.query(
      `create trigger slow before update on ${name}.schema_version for each row execute function ${name}.slow()`,
    );

    const { ms, value: queue } = await timed(() => openPostgresQueue(schema.url, options));

    expect(ms).toBeLessThan(7_900);
    expect(await schema.query(`select version from ${name}.schema_version`)).toEqual([{ version: 2 }]);
    await schema.query(`insert into ${name}.done default values`);
    await eventually(() => queue.send([aMessage()]));
    expect((await queue.depth()).messages).toBe(1);
    await queue.close();
  },
);
