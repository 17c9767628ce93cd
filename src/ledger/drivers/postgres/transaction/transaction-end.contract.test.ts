import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers, engineUrls } from "../../../../../test/support/servers/engines.ts";
import { Line } from "../../../../../test/support/network/line.ts";
import { type OwnSchema, ownSchema } from "../../../../../test/support/drivers/postgres-harness.ts";
import type { Message } from "../../../../event/message.ts";
import { aMessage } from "../../../../testing/builders.ts";
import { settled } from "../../../../testing/ledger-driver/harness.ts";
import type { LedgerDriver } from "../../../driver.ts";
import { openPostgresLedger } from "../ledger.ts";

const isThere = await answers("postgres");

/** A ledger that has all shards, and an event that it has admitted. */
async function admittedEvent(line?: Line): Promise<AdmittedEvent> {
  const schema = ownSchema();
  const ledger = await openPostgresLedger(line?.through(schema.url) ?? schema.url);
  await ledger.share(1);
  const message = aMessage();
  await ledger.admit([message]);
  const end = async (): Promise<void> => {
    await ledger.close();
    await schema[Symbol.asyncDispose]();
  };
  return { schema, ledger, message, [Symbol.asyncDispose]: end };
}

interface AdmittedEvent extends AsyncDisposable {
  readonly schema: OwnSchema;
  readonly ledger: LedgerDriver;
  readonly message: Message;
}

test.skipIf(!isThere)(
  "what a handler has locked is free at once when it is stopped in the middle of a query",
  async () => {
    await using schema = ownSchema();
    const { name, query } = schema;
    const ledger = await openPostgresLedger(schema.url);
    await query(`create table ${name}.effect (event text primary key)`);
    const write = `insert into ${name}.effect values ('a')`;
    const { client, rollback } = await ledger.transaction(60_000);
    await client.query(write);
    const running = client.query("select pg_sleep(60)").catch(String);

    await rollback();

    await query(`set statement_timeout = '2s'; ${write}`);
    expect(await running).toMatch(/terminat/);
    await ledger.close();
  },
);

test.skipIf(!isThere)(
  "a handler that fails takes one round trip of the connections that others need, however many fail",
  async () => {
    await using schema = ownSchema();
    await using line = await Line.to(schema.url);
    const ledger = await openPostgresLedger(line.through(schema.url));
    await ledger.share(1);
    const { client, rollback } = await ledger.transaction(60_000);
    await client.query("select 1");
    const before = line.trips;

    await rollback();

    // The end of its own connection counts, too.
    expect(line.trips - before).toBeLessThanOrEqual(2);
    await ledger.close();
  },
);

test.skipIf(!isThere)(
  "what a handler wrote is not kept if a query of it failed before the server saw it, and nobody waited for that",
  async () => {
    await using admitted = await admittedEvent();
    const { ledger, message, schema } = admitted;
    const { name, query } = schema;
    await query(`create table ${name}.effect (event text)`);
    const { client, commit } = await ledger.transaction(60_000);
    await client.query(`insert into ${name}.effect values ('first half')`);
    // Nothing that JSON could hold.
    const endless: unknown[] = [];
    const value = { endless };
    endless.push(value);
    void client.query(`insert into ${name}.effect values ($1)`, [value]);

    const result = await commit(settled(message));

    expect(result.kind).toBe("failed");
    expect(await query(`select from ${name}.effect`)).toEqual([]);
  },
);

test.skipIf(!isThere)(
  "a transaction that cannot be committed is told with what the server refused first, not with what it refused since",
  async () => {
    await using admitted = await admittedEvent();
    const { ledger, message } = admitted;
    const { client, commit } = await ledger.transaction(60_000);
    await client.query("select 1 / 0").catch(() => undefined);
    await client.query("select 1").catch(() => undefined);

    const result = await commit(settled(message));

    expect(result).toMatchObject({ kind: "failed", error: { message: "division by zero" } });
  },
);

test.skipIf(!isThere).for(["spoiled", "too late for its commit", "rolled back"])(
  "a transaction that is %s keeps no connection from the others",
  async (what) => {
    await using schema = ownSchema();
    const ledger = await openPostgresLedger(schema.url);
    await ledger.share(1);
    // More than there are connections.
    for (let count = 0; count < 11; count += 1) {
      const message = aMessage();
      await ledger.admit([message]);
      const { client, commit, rollback } = await ledger.transaction(5_000);
      if (what === "rolled back") {
        await rollback();
        continue;
      }
      if (what === "spoiled") await client.query("select 1 / 0").catch(() => undefined);
      else await ledger.settle([settled(message)]);

      expect((await commit(settled(message))).kind).not.toBe("committed");
    }

    await (await ledger.transaction(5_000)).rollback();
    await ledger.close();
  },
);

test.skipIf(!isThere)(
  "what a handler wrote is kept also if the server had the row of its event before, as when an answer was lost",
  async () => {
    await using admitted = await admittedEvent();
    const { ledger, message, schema } = admitted;
    const { commit } = await ledger.transaction(60_000);
    await schema.query(
      `insert into ${schema.name}.event (event_id, name, entity, received_at, copy, status, attempts, conflict, counts, attempt_log, body)
         values ($1, '', '', $2, $3, 'pending', 0, false, false, '[]', '')`,
      [message.eventId, message.receivedAt, message.copy],
    );

    expect(await commit(settled(message))).toEqual({ kind: "committed" });

    expect(await ledger.get(message.eventId)).toMatchObject({ status: "handled", attempts: 1 });
  },
);

test.skipIf(!isThere)("the server gives a handler longer than its own process does", async () => {
  await using schema = ownSchema();
  const ledger = await openPostgresLedger(schema.url);
  const { client, rollback } = await ledger.transaction(100);

  await sleep(500);
  await expect(client.query("select pg_sleep(0.5)")).resolves.toMatchObject({ rowCount: 1 });

  await rollback();
  await ledger.close();
});

test.skipIf(!isThere)("a handler's query is refused once its transaction is committed", async () => {
  await using admitted = await admittedEvent();
  const { ledger, message } = admitted;
  const { client, commit } = await ledger.transaction(60_000);

  const committing = commit(settled(message));

  expect(() => void client.query("select 1")).toThrow("The transaction of this event is over.");
  expect(await committing).toEqual({ kind: "committed" });
});

test.skipIf(!isThere)("a rollback that the server does not hear of fails nobody", async () => {
  await using schema = ownSchema();
  await using line = await Line.to(schema.url);
  const ledger = await openPostgresLedger(line.through(schema.url));
  const { rollback } = await ledger.transaction(60_000);
  line.cut();

  await expect(rollback()).resolves.toBeUndefined();

  await ledger.close();
});

test.skipIf(!isThere)("what the server calls anything but a commit does not count as one", async () => {
  await using line = await Line.to(engineUrls.postgres);
  await using admitted = await admittedEvent(line);
  const { ledger, message } = admitted;
  line.translate("COMMIT", "UNDONE");
  const { commit } = await ledger.transaction(60_000);

  expect(await commit(settled(message))).toMatchObject({
    kind: "failed",
    error: { message: "A query of the transaction failed: the server has rolled it back" },
  });
});

test.skipIf(!isThere)("a commit has ten seconds of the server, whatever its handler had", async () => {
  await using admitted = await admittedEvent();
  const { ledger, message, schema } = admitted;
  const { name, query } = schema;
  await query(`create table ${name}.seen (running text, idle text);
    create function ${name}.look() returns trigger language plpgsql as $$
    begin
      insert into ${name}.seen values
        (current_setting('statement_timeout'), current_setting('idle_in_transaction_session_timeout'));
      return new;
    end $$;
    create trigger look before insert or update on ${name}.event for each row execute function ${name}.look()`);
  const { commit } = await ledger.transaction(60_000);

  await commit(settled(message));

  expect(await query(`select distinct * from ${name}.seen where idle <> '5s'`)).toEqual([
    { running: "10s", idle: "10s" },
  ]);
});

test.skipIf(!isThere)(
  "a transaction that its handler has ended, by a way that nobody saw, is told as that",
  async () => {
    await using admitted = await admittedEvent();
    const { ledger, message } = admitted;
    const { client, commit } = await ledger.transaction(60_000);
    await client.query("commit; select begin atomic from (select 1 as begin) as odd");

    expect(await commit(settled(message))).toMatchObject({
      kind: "failed",
      error: { message: expect.stringContaining("The handler ended the transaction") as string },
    });
  },
);
