import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { PostgresServer } from "../../../../test/support/servers/postgres-server.ts";
import { aMessage } from "../../../testing/builders.ts";
import { collect, never, ownAll } from "../../../testing/queue-driver/harness.ts";
import { shardOf } from "../../../event/shard.ts";
import { allShards, type QueueDriver, sharedShards } from "../../driver.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");

/** A server that counts what it is asked. */
async function countingServer(): Promise<PostgresServer> {
  const server = await PostgresServer.start("shared_preload_libraries=pg_stat_statements");
  await server.query("create extension pg_stat_statements");
  return server;
}

/** How many statements the server has for who waits five seconds for a message, in which none comes. */
async function askedInVain(server: PostgresServer, queue: QueueDriver): Promise<number> {
  await server.query("select pg_stat_statements_reset()");
  for (let seconds = 0; seconds < 5; seconds += 1) expect(await queue.receive(1, never)).toEqual([]);
  const [row] = await server.query("select sum(calls)::int as asked from pg_stat_statements");
  return Number(row?.["asked"]);
}

describe.skipIf(!isThere)("who waits for messages does not ask the server all the time", () => {
  test("while a lease is running", async () => {
    await using server = await countingServer();
    const queue = await openPostgresQueue(server.url, { leaseMs: 30_000 });
    await ownAll(queue);
    await queue.send([aMessage()]);
    const [held] = await collect(queue, 1);

    expect(await askedInVain(server, queue)).toBeLessThan(40);

    await queue.ack(held === undefined ? [] : [held]);
    await queue.close();
  });

  test("while something is due that another worker has the shard of", async () => {
    await using server = await countingServer();
    const queue = await openPostgresQueue(server.url, { leaseMs: 30_000 });
    await ownAll(queue);
    const message = aMessage();
    await queue.send([message]);
    const [tried] = await collect(queue, 1);
    if (tried !== undefined) await queue.retry(tried, { delayMs: 1, attempt: 2 });
    await queue.own(allShards.filter((shard) => shard !== shardOf(message, sharedShards)));

    expect(await askedInVain(server, queue)).toBeLessThan(40);

    await queue.close();
  });
});
