import { describe, expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { rowsOf } from "../../../../../test/support/ledger/ledger-days.ts";
import { type OwnSchema, ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import { assertStats } from "../../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "../ledger.ts";
import { dayMs } from "./partitions.ts";

/** From now on the server has no time to remove in one statement of what this is true. */
async function hurry({ name, query }: OwnSchema, tooMuch: string): Promise<void> {
  await query(`create function ${name}.hurry() returns trigger language plpgsql as $$
    begin
      if (select ${tooMuch} from gone) then raise 'statement timeout'; end if;
      return null;
    end $$`);
  await query(`create trigger hurry after delete on ${name}.event_rest referencing old table as gone
    for each statement execute function ${name}.hurry()`);
}

describe.skipIf(!(await answers("postgres")))("what is in no day and to be forgotten", () => {
  const old = Math.floor(Date.now() / dayMs - 40) * dayMs;

  test("goes in time however large it is", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await schema.query(rowsOf(schema.name, "obsolete", old - 10, 1, 70_000_000));
    await schema.query(rowsOf(schema.name, "handled", old, 150, 1_000_000));
    await hurry(schema, "sum(length(body)) > 100000000");

    expect(await ledger.prune(old + 3 * dayMs)).toBe(151);

    await assertStats(ledger, {});
    await ledger.close();
  });

  test("goes in time, and as a whole, however many came in the same moment", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await schema.query(rowsOf(schema.name, "handled", old, 12_000));
    await schema.query(`update ${schema.name}.event_rest set received_at = ${old}`);
    await hurry(schema, "count(*) > 5000");

    expect(await ledger.prune(old + 3 * dayMs)).toBe(12_000);

    await assertStats(ledger, {});
    await ledger.close();
  });

  test("is only what came before that time", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await schema.query(rowsOf(schema.name, "handled", old - 3, 6));

    expect(await ledger.prune(old)).toBe(2);

    const left = await schema.query(`select received_at::float8 as at from ${schema.name}.event order by 1`);
    expect(left.map(({ at }) => Number(at) - old)).toEqual([0, 1, 2, 3]);
    await assertStats(ledger, { handled: 4 });
    await ledger.close();
  });
});
