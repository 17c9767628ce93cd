import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { answers } from "../../../../../test/support/servers/engines.ts";
import { RedisServer, startSentinel } from "../../../../../test/support/servers/redis-server.ts";
import { eventually } from "../../../../testing/eventually.ts";
import { connectRedis } from "./client.ts";
import { redisPlace } from "./url.ts";

const isThere = await answers("redis");
const open = new AbortController().signal;

test.skipIf(!isThere)(
  "sentinels are asked for the master of a queue in any database; a master that they do not watch is named",
  async () => {
    await using master = await RedisServer.start();
    await using sentinel = await startSentinel(master);
    const at = `redis://127.0.0.1:${sentinel.port}/3`;
    let found: unknown;

    const client = await connectRedis(
      redisPlace(`${at}?sentinel=main`),
      async (asked) => {
        found = await asked.sendCommand(["CLIENT", "INFO"]);
      },
      open,
    );
    const connecting = connectRedis(redisPlace(`${at}?sentinel=other`), async () => undefined, open);

    expect(String(found)).toMatch(/ db=3 /);
    await expect(connecting).rejects.toThrow("The sentinel at 127.0.0.1 knows no master other.");
    client.destroy();
  },
);

test.skipIf(!isThere)("nodes of a cluster that name each other in turn are not asked for ever", async () => {
  await using node = await RedisServer.start();
  let asked = 0;
  const moved = new Error(`MOVED 5 127.0.0.1:${node.port}`);

  const connecting = connectRedis(
    redisPlace(`${node.url}?cluster=true`),
    async () => {
      asked += 1;
      if (asked > 20) return;
      throw moved;
    },
    open,
  );

  await expect(connecting).rejects.toBe(moved);
  expect(asked).toBe(4);
});

test.skipIf(!isThere)("a server that ends the connection while it is greeted does not answer", async () => {
  await using server = await RedisServer.start();

  const connecting = connectRedis(
    redisPlace(server.url),
    async (greeted) => {
      await greeted.sendCommand(["CLIENT", "KILL", "TYPE", "normal", "SKIPME", "no"]).catch(() => undefined);
      await sleep(100);
    },
    open,
  );

  await expect(connecting).rejects.toThrow(`127.0.0.1:${server.port} does not answer.`);
});

test.skipIf(!isThere)("a server that is the wrong one keeps no connection", async () => {
  await using server = await RedisServer.start();
  const wrong = new Error("it is a replica");

  const connecting = connectRedis(redisPlace(server.url), () => Promise.reject(wrong), open);

  await expect(connecting).rejects.toBe(wrong);
  await eventually(async () =>
    expect(String(await server.command("CLIENT", "LIST"))).not.toContain("hookwell"),
  );
});
