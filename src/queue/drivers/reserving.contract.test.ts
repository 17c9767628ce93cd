import assert from "node:assert/strict";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { once } from "node:events";
import { expect, test } from "vitest";
import { removeNames } from "../../../test/support/amqp-harness.ts";
import { answers, engineUrls } from "../../../test/support/engines.ts";
import { removeStreams } from "../../../test/support/nats-harness.ts";
import { deleteRedisKeys } from "../../../test/support/redis-harness.ts";
import { eventually } from "../../testing/eventually.ts";
import type { QueueDriver } from "../driver.ts";
import { openAmqpQueue } from "./amqp/queue.ts";
import { openNatsQueue } from "./nats/queue.ts";
import { openRedisQueue } from "./redis/queue.ts";

const engines = [
  ["amqp", openAmqpQueue, removeNames],
  ["redis", openRedisQueue, deleteRedisKeys],
  ["nats", openNatsQueue, removeStreams],
] as const;

/** A way to a server that can be cut. */
async function wayTo(url: string): Promise<{ url: string; cut: () => void; close: () => void }> {
  const { hostname, port } = new URL(url);
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    const there = connect(Number(port), hostname);
    for (const one of [socket, there]) sockets.add(one.on("error", () => undefined));
    socket.pipe(there).pipe(socket);
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const cut = (): void => sockets.forEach((socket) => socket.destroy());
  const own = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url: url.replace(`${hostname}:${port}`, own),
    cut,
    close: () => {
      server.close();
      cut();
    },
  };
}

for (const [engine, open, remove] of engines) {
  test.skipIf(!(await answers(engine)))(
    `${engine}: a queue that is reserved stays so through a break of the connection`,
    async () => {
      const name = `test-${crypto.randomUUID()}`;
      const way = await wayTo(engineUrls[engine]);
      const opened: QueueDriver[] = [];
      try {
        const owner = await open(`${way.url}?name=${name}`, { leaseMs: 30_000 });
        const other = await open(`${engineUrls[engine]}?name=${name}`, { leaseMs: 30_000 });
        opened.push(owner, other);
        const keptMs = await owner.reserve("owner", false);

        way.cut();

        await eventually(async () => assert.equal(await owner.reserve("owner", false), keptMs));
        expect(await other.reserve("other", false)).toBe(0);
      } finally {
        for (const driver of opened) await driver.close();
        way.close();
        await remove(engineUrls[engine], name);
      }
    },
  );
}
