import { expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { PostgresServer } from "../../../../test/support/postgres-server.ts";
import { aMessage } from "../../../testing/builders.ts";
import { collect, never } from "../../../testing/queue-driver/harness.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");

test.skipIf(!isThere)("who waits for messages does not ask the server all the time", async () => {
  await using server = await PostgresServer.start();
  const queue = await openPostgresQueue(server.url, { leaseMs: 30_000 });
  const transactions = async (): Promise<number> => {
    const [row] = await server.query("select sum(xact_commit)::int as done from pg_stat_database");
    return Number(row?.["done"]);
  };
  await queue.send([aMessage()]);
  const [held] = await collect(queue, 1);
  const before = await transactions();

  for (let seconds = 0; seconds < 5; seconds += 1) expect(await queue.receive(1, never)).toEqual([]);

  expect((await transactions()) - before).toBeLessThan(40);
  await queue.ack(held === undefined ? [] : [held]);
  await queue.close();
});
