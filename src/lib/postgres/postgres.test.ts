import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { openPostgres } from "./postgres.ts";

const message = (kind: string, body: string): Buffer => {
  const bytes = Buffer.from(`${kind}....${body}`, "latin1");
  bytes.writeInt32BE(bytes.length - 1, 1);
  return bytes;
};

/** The login is right, the server is ready, and an administrator ends the connection. */
const greetedAndEnded = Buffer.concat([
  message("R", "\0\0\0\0"),
  message("Z", "I"),
  message("E", "SFATAL\0C57P01\0Mterminating connection due to administrator command\0\0"),
]);

test("a connection that is ended in the moment in which it is there fails its query, not the process", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined).once("data", () => socket.end(greetedAndEnded));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  const url = `postgres://postgres@127.0.0.1:${port}/test`;
  const db = await openPostgres(url, { setting: "the test", connections: 1, handlersWaitMs: 2_000 });

  const client = await db.pool.connect();

  await expect(client.query("select 1")).rejects.toThrow(/not queryable/);
  client.release(true);
  await db.end();
  server.close();
});
