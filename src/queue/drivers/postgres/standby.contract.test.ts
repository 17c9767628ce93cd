import { expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { PostgresServer } from "../../../../test/support/servers/postgres-server.ts";
import { QueueUnavailableError } from "../../../errors.ts";
import { aMessage } from "../../../testing/builders.ts";
import { eventually } from "../../../testing/eventually.ts";
import { recordedLog } from "../../../testing/recorded-log.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");

/** Sessions whose commit waits for a standby; one that is given up waits on, until a standby is there. */
async function waiting(server: PostgresServer): Promise<number> {
  const rows = await server.query("select from pg_stat_activity where wait_event = 'SyncRep'");
  return rows.length;
}

test.skipIf(!isThere)(
  "while a synchronous standby is away the log says so once, reads work, and no more and more connections wait",
  { timeout: 120_000 },
  async () => {
    await using server = await PostgresServer.start();
    const { log, facts } = recordedLog();
    const queue = await openPostgresQueue(server.url, { leaseMs: 30_000, log });
    await queue.send([aMessage()]);
    await server.set("synchronous_standby_names = 'away'");
    // The server takes a setting over by and by, and stores what comes before that.
    await eventually(() => expect(queue.send([aMessage()])).rejects.toThrow(QueueUnavailableError));
    const { messages } = await queue.depth();
    const before = await waiting(server);

    for (let tries = 0; tries < 4; tries += 1) {
      await expect(queue.send([aMessage()])).rejects.toThrow(/commits wait for a synchronous standby/);
      expect((await queue.depth()).messages).toBe(messages);
    }

    expect([before, await waiting(server)]).toEqual([1, 1]);
    expect(facts()).toEqual(["queue.engine_lost", "queue.engine_lost"]);
    await server.set("synchronous_standby_names = ''");
    await eventually(() => queue.send([aMessage()]));
    expect(facts().at(-1)).toBe("queue.engine_back");
    await queue.close();
  },
);
