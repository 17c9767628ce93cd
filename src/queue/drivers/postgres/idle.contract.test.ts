import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { PostgresServer } from "../../../../test/support/postgres-server.ts";
import { aMessage } from "../../../testing/builders.ts";
import { collect, never } from "../../../testing/queue-driver/harness.ts";
import { shardOf } from "../../../event/shard.ts";
import { type QueueDriver, sharedShards } from "../../driver.ts";
import { openPostgresQueue } from "./queue.ts";
import { allShards } from "./store.ts";

const isThere = await answers("postgres");

/** How many transactions the server has for who waits five seconds for a message, in which none comes. */
async function askedInVain(server: PostgresServer, queue: QueueDriver): Promise<number> {
  const transactions = async (): Promise<number> => {
    const [row] = await server.query("select sum(xact_commit)::int as done from pg_stat_database");
    return Number(row?.["done"]);
  };
  const before = await transactions();
  for (let seconds = 0; seconds < 5; seconds += 1) expect(await queue.receive(1, never)).toEqual([]);
  return (await transactions()) - before;
}

describe.skipIf(!isThere)("who waits for messages does not ask the server all the time", () => {
  test("while a lease is running", async () => {
    await using server = await PostgresServer.start();
    const queue = await openPostgresQueue(server.url, { leaseMs: 30_000 });
    await queue.send([aMessage()]);
    const [held] = await collect(queue, 1);

    expect(await askedInVain(server, queue)).toBeLessThan(40);

    await queue.ack(held === undefined ? [] : [held]);
    await queue.close();
  });

  test("while something is due that another worker has the shard of", async () => {
    await using server = await PostgresServer.start();
    const queue = await openPostgresQueue(server.url, { leaseMs: 30_000 });
    const message = aMessage();
    await queue.send([message]);
    const [tried] = await collect(queue, 1);
    if (tried !== undefined) await queue.retry(tried, { delayMs: 1, attempt: 2 });
    await queue.own(allShards.filter((shard) => shard !== shardOf(message, sharedShards)));

    expect(await askedInVain(server, queue)).toBeLessThan(40);

    await queue.close();
  });
});
