import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { ownSchema } from "../../../../test/support/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
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
    await schema.query(`create function ${name}.slow() returns trigger language plpgsql as $$
      begin perform pg_sleep(4.5); return new; end $$`);
    await schema.query(
      `create trigger slow before update on ${name}.schema_version for each row execute function ${name}.slow()`,
    );

    const ledger = await openPostgresLedger(schema.url);

    expect(await schema.query(`select version from ${name}.schema_version`)).toEqual([{ version: 3 }]);
    await eventually(() => ledger.share(1), 10_000);
    await process(ledger, aMessage());
    await ledger.close();
  },
);
