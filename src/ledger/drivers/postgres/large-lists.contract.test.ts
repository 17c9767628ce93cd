import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { type OwnSchema, ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { aMessage } from "../../../testing/builders.ts";
import { assertStats, settled } from "../../../testing/ledger-driver/harness.ts";
import { openPostgresLedger } from "./ledger.ts";

const isThere = await answers("postgres");

/** From now on the server has no time for as much as this in one statement. */
async function hurry({ name, query }: OwnSchema, bytes: number): Promise<void> {
  await query(`create function ${name}.hurry() returns trigger language plpgsql as $$
    begin
      if (select sum(length(body)) from added) > ${bytes} then raise 'statement timeout'; end if;
      return null;
    end $$`);
  await query(`create trigger hurry after insert on ${name}.event referencing new table as added
    for each statement execute function ${name}.hurry()`);
}

describe.skipIf(!isThere)("a server that takes long for large events", () => {
  test("writes many of them in parts, however many settle at once", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    await hurry(schema, 8 * 1024 * 1024);
    const messages = Array.from({ length: 20 }, () => aMessage({ body: Buffer.alloc(1_000_000) }));
    await ledger.admit(messages);

    const lost = await ledger.settle(messages.map((message) => settled(message)));

    expect(lost).toEqual([]);
    await assertStats(ledger, { handled: 20 });
    await ledger.close();
  });

  test("shows many of them in parts while their handlers run", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    await hurry(schema, 8 * 1024 * 1024);
    const messages = Array.from({ length: 20 }, () => aMessage({ body: Buffer.alloc(1_000_000) }));

    await ledger.admit(messages);

    await expect.poll(async () => (await ledger.stats()).events.pending).toBe(20);
    await ledger.close();
  });

  test("writes many obsolete ones in parts", async () => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    await hurry(schema, 8 * 1024 * 1024);
    const newer = Array.from({ length: 20 }, () => aMessage({ revision: 2 }));
    await ledger.admit(newer);
    await ledger.settle(newer.map((message) => settled(message)));

    const verdicts = await ledger.admit(
      newer.map(({ entity }) => aMessage({ entity, revision: 1, body: Buffer.alloc(1_000_000) })),
    );

    expect(new Set(verdicts.map(({ kind }) => kind))).toEqual(new Set(["obsolete"]));
    await assertStats(ledger, { handled: 20, obsolete: 20 });
    await ledger.close();
  });
});
