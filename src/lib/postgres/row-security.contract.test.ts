import { describe, expect, test } from "vitest";
import { answers } from "../../../test/support/servers/engines.ts";
import { PostgresServer } from "../../../test/support/servers/postgres-server.ts";
import { openPostgresLedger } from "../../ledger/drivers/postgres/ledger.ts";
import { openPostgresQueue } from "../../queue/drivers/postgres/queue.ts";
import { aMessage } from "../../testing/builders.ts";
import { process } from "../../testing/ledger-driver/harness.ts";

/** Hides all rows from the user that owns them. */
const hide = (table: string): string =>
  `alter table hookwell.${table} enable row level security; alter table hookwell.${table} force row level security`;

async function aServer(): Promise<{ readonly server: PostgresServer; readonly url: string }> {
  const server = await PostgresServer.start();
  await server.query("create role clerk login; create schema hookwell authorization clerk");
  return { server, url: server.url.replace("postgres@", "clerk@") };
}

describe.skipIf(!(await answers("postgres")))("rows that row-level security hides", () => {
  test("are never taken for missing: nothing is fresh that was handled", async () => {
    const { server, url } = await aServer();
    await using _ = server;
    const ledger = await openPostgresLedger(url);
    await ledger.share(1);
    const message = aMessage();
    await process(ledger, message);

    await server.query(hide("event"));

    await expect(ledger.admit([{ ...message, copy: "another" }])).rejects.toThrow(/row-level security/);
    expect((await ledger.report()).warnings).toEqual([
      expect.stringMatching(/^Row-level security .* the table event\b/),
    ]);
    await ledger.close();
  });

  test("are told of, with what to do", async () => {
    const { server, url } = await aServer();
    await using _ = server;
    const queue = await openPostgresQueue(url, { leaseMs: 30_000 });
    await queue.send([aMessage()]);

    await server.query(hide("message"));

    await expect(queue.depth()).rejects.toThrow(/row-level security/);
    const [warning = ""] = (await queue.report()).warnings;
    for (const [, statement = ""] of warning.matchAll(/`([^`]*)`/g)) await server.query(statement);
    expect((await queue.report()).warnings).toEqual([]);
    expect((await queue.depth()).messages).toBe(1);
    await queue.close();
  });
});
