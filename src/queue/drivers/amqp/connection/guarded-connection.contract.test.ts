import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { Connection, type ConnectionOptions } from "rabbitmq-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { withNames } from "../../../../../test/support/drivers/amqp-harness.ts";
import { answers, engineUrls } from "../../../../../test/support/servers/engines.ts";
import { freePort } from "../../../../../test/support/network/free-port.ts";
import { junction } from "../../../../../test/support/network/junction.ts";
import { eventually } from "../../../../testing/eventually.ts";
import { messageOf, ownAll, takeOne, textsOf } from "../../../../testing/queue-driver/harness.ts";
import { guardedConnection } from "./guarded-connection.ts";
import { openAmqpQueue } from "../queue.ts";

const isThere = await answers("amqp");
const timeout = 60_000;

/** What would have ended the process; where tests run, it only fails the run. */
const fatal: unknown[] = [];
const note = (error: unknown): void => void fatal.push(error);
const kinds = ["uncaughtExceptionMonitor", "unhandledRejection"];
beforeAll(() => kinds.forEach((kind) => process.on(kind, note)));
afterAll(() => kinds.forEach((kind) => process.off(kind, note)));

/** Greets everybody with these words, whatever they say. */
async function stranger(words: string): Promise<Server> {
  const server = createServer(
    (socket) =>
      void socket
        .on("error", () => undefined)
        .resume()
        .end(words),
  );
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return server;
}
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

describe.skipIf(!isThere).concurrent("where RabbitMQ was", () => {
  test.each([
    ["an HTTP server", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n"],
    ["Redis", "-ERR unknown command 'AMQP'\r\n"],
    ["NATS", 'INFO {"server_id":"N","version":"2.10.25","proto":1}\r\n'],
    ["somebody of few words", "hello\r\n"],
  ])("%s answers: the process lives, says so, and goes on when it is back", { timeout }, (_, words) =>
    withNames(async ({ url }) => {
      const real = new URL(engineUrls.amqp);
      await using way = await junction(Number(real.port));
      await using other = await stranger(words);
      const driver = await openAmqpQueue(url.replace(real.host, `127.0.0.1:${way.port}`), {
        leaseMs: 30_000,
      });
      await driver.send([messageOf("before")]);

      way.lead(portOf(other));

      const tried = words.length < 8 ? /hangs up/ : /something other than RabbitMQ answers/;
      await eventually(() => assert.rejects(driver.send([messageOf("refused")]), tried), 20_000);
      await eventually(() => assert.rejects(driver.depth(), tried), 20_000);
      way.lead(Number(real.port));
      await eventually(() => driver.send([messageOf("after")]), 20_000);
      await eventually(() => ownAll(driver), 20_000);
      expect(textsOf([await takeOne(driver), await takeOne(driver)])).toEqual(["before", "after"]);
      expect(fatal).toEqual([]);
      await driver.close();
    }),
  );
});

test.skipIf(!isThere).concurrent("the reason that is given is that of the last try", { timeout }, () =>
  withNames(async ({ url }) => {
    const real = new URL(engineUrls.amqp);
    await using way = await junction(Number(real.port));
    const gone = `127.0.0.1:${await freePort()}`;
    const driver = await openAmqpQueue(url.replace(real.host, `${gone},127.0.0.1:${way.port}`), {
      leaseMs: 30_000,
    });
    await eventually(() => driver.send([messageOf("before")]), 20_000);

    way.lead(Number(await freePort()));

    // One of the two hosts, and then the other.
    for (const why of [/ECONNREFUSED/, /hangs up|ECONNRESET/, /ECONNREFUSED/]) {
      await eventually(() => assert.rejects(driver.send([messageOf("refused")]), why), 20_000);
    }
    await driver.close();
  }),
);

test.skipIf(!isThere)("messages of one turn leave in one call of the system", { timeout }, async () => {
  const { hostname, port, username, password } = new URL(engineUrls.amqp);
  const writes: number[] = [];
  const Base = Connection as unknown as new (
    options: ConnectionOptions,
  ) => Connection & { _connect(): Socket };
  const Guarded = guardedConnection(
    class extends Base {
      override _connect(): Socket {
        const socket = super._connect();
        const write = socket._writev?.bind(socket);
        socket._writev = (chunks, done) => {
          writes.push(chunks.length);
          write?.(chunks, done);
        };
        return socket;
      }
    },
  );
  const connection = new Guarded({ hostname, port: Number(port), username, password: () => password });
  const channel = await connection.acquire();
  await channel.confirmSelect();
  writes.splice(0);

  await Promise.all(Array.from({ length: 20 }, () => channel.basicPublish("nowhere", Buffer.from("hello"))));

  // Of each its method, its header and its body.
  expect(writes).toEqual([60]);
  await channel.close();
  await connection.close();
});
