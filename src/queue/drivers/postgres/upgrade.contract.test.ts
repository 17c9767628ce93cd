import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { DataVersionError } from "../../../errors.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually, timed } from "../../../testing/eventually.ts";
import { openPostgresQueue } from "./queue.ts";

const options = { leaseMs: 30_000 };

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

    const { ms, value: queue } = await timed(() => openPostgresQueue(schema.url, options));

    expect(ms).toBeLessThan(7_900);
    expect(await schema.query(`select from ${name}.schema_version`)).toEqual([]);
    await schema.query(`insert into ${name}.done default values`);
    await eventually(() => queue.send([aMessage()]));
    expect((await queue.depth()).messages).toBe(1);
    await queue.close();
  },
);

test.skipIf(!(await answers("postgres")))(
  "tables of a newer version are worked with, unless they say that older programs must not",
  async () => {
    await using schema = ownSchema();
    const newer = await openPostgresQueue(schema.url, options);
    await newer.send([aMessage()]);
    await newer.close();
    await schema.query(`update ${schema.name}.schema_version set version = 7`);
    const older = await openPostgresQueue(schema.url, options);
    await older.send([aMessage()]);
    expect((await older.depth()).messages).toBe(2);
    await older.close();

    await schema.query(`update ${schema.name}.schema_version set least = 7`);

    const refused = openPostgresQueue(schema.url, options);
    await expect(refused).rejects.toThrow(DataVersionError);
    await expect(refused).rejects.toThrow(
      /has version 7, but this Hookwell knows versions up to 1\. Install the newer Hookwell .*\?schema=/,
    );
    expect(await schema.query(`select from ${schema.name}.message`)).toHaveLength(2);
  },
);
