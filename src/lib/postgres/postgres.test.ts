import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { PoolClient } from "pg";
import { expect, test } from "vitest";
import { openPostgres } from "./postgres.ts";

const message = (kind: string, body: string): Buffer => {
  const bytes = Buffer.from(`${kind}....${body}`, "latin1");
  bytes.writeInt32BE(bytes.length - 1, 1);
  return bytes;
};

/** The login is right, and the server is ready. */
const welcome = Buffer.concat([message("R", "\0\0\0\0"), message("Z", "I")]);

/** A connection of a handler to a server that gives these answers, one to each of what it is sent. */
async function connectTo(
  ...answers: readonly Buffer[]
): Promise<AsyncDisposable & { client: Promise<PoolClient> }> {
  const server = createServer((socket) => {
    const left = [...answers];
    socket.on("error", () => undefined).on("data", () => socket.write(left.shift() ?? ""));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const url = `postgres://postgres@127.0.0.1:${port}/test`;
  const db = await openPostgres(url, { part: "queue", connections: 1, handlersWaitMs: 2_000 });
  return {
    client: db.pool.connect(),
    [Symbol.asyncDispose]: async () => {
      await db.end();
      server.close();
    },
  };
}

test("a connection that is ended in the moment in which it is there fails its query, not the process", async () => {
  const begun = Buffer.concat([message("C", "BEGIN\0"), message("C", "COMMIT\0"), message("Z", "I")]);
  const looked = [message("C", "SELECT 0\0"), message("Z", "I")];
  const ended = message("E", "SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0");
  await using connection = await connectTo(welcome, begun, Buffer.concat([...looked, ended]));

  const client = await connection.client;

  await expect(client.query("select 1")).rejects.toThrow(/not queryable/);
  client.release(true);
});

test("no handler gets a connection to a standby, where it could only fail", async () => {
  const refusal = message("E", "SERROR\0C25006\0Mcannot set transaction read-write mode during recovery\0\0");
  await using connection = await connectTo(welcome, Buffer.concat([refusal, message("Z", "I")]));

  await expect(connection.client).rejects.toThrow(/during recovery/);
});
