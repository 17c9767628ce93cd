import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { Connection } from "rabbitmq-client";
import { expect, test, vi } from "vitest";
import { guardedConnection } from "./guarded-connection.ts";
import { amqpTarget } from "./url.ts";
import { openAmqpQueue } from "../queue.ts";

test("a heartbeat gives back what a hung worker holds before another takes its shards", () => {
  expect(amqpTarget("amqp://host?heartbeat=6").connection.heartbeat).toBe(6);

  for (const text of ["7", "9999", "0", "1.5", ""]) {
    expect(() => amqpTarget(`amqp://host?heartbeat=${text}`)).toThrow(
      /\?heartbeat= that is not 1 to 6; .*hold its shards/,
    );
  }
});

test.each([
  ["amqp://host", { username: "guest", password: "guest" }],
  ["amqp://me:secret@host", { username: "me", password: "secret" }],
  ["amqp://me@host", { username: "me", password: "" }],
])("%s has the login of its URL, or the one of every new RabbitMQ", (text, login) => {
  const { username, password } = amqpTarget(text).connection;

  expect({ username, password: password() }).toEqual(login);
});

test.each([
  ["amqp://host", "/"],
  ["amqp://host/", "/"],
  ["amqp://host/a", "a"],
  ["amqp://host/%2Forders", "/orders"],
])("%s names the virtual host %s", (text, vhost) => {
  expect(amqpTarget(text).connection.vhost).toBe(vhost);
});

test("how many events a worker may hold is a number that it can work with", () => {
  expect(amqpTarget("amqp://host").prefetch).toBe(1_000);
  expect(amqpTarget("amqp://host?prefetch=1").prefetch).toBe(1);

  for (const text of ["10001", "0", "-1", "ten", ""]) {
    expect(() => amqpTarget(`amqp://host?prefetch=${text}`)).toThrow(/\?prefetch= that is not 1 to 10000/);
  }
});

test("a port where something else answers is refused with one sentence, and ends no process", async () => {
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", () => socket.end("HTTP/1.1 400 Bad Request\r\nconnection: close\r\n\r\n"));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const where = `127.0.0.1:${(server.address() as AddressInfo).port}`;

  const opening = openAmqpQueue(`amqp://me:hunter2@${where}`, { leaseMs: 30_000 });

  await expect(opening).rejects.toMatchObject({
    code: "CONFIG_INVALID",
    message: expect.stringContaining(`names amqp://me@${where}, where something other than RabbitMQ answers`),
  });
  server.close();
});

test("nodes are asked in turn at their IPv6 addresses, which the client would cut at the first colon", async () => {
  const Guarded = guardedConnection(Connection);
  // Nobody listens there, and where there is no IPv6, the error has the address too.
  const connection = new Guarded(amqpTarget("amqp://[::1]:1,[::1]:2,one").connection);
  const errors: string[] = [];
  connection.on("error", ({ message }: Error) => errors.push(message));

  await vi.waitFor(() => expect(errors).toContainEqual(expect.stringMatching(/ ::1:2\b/)), 10_000);

  expect(errors[0]).toMatch(/ ::1:1\b/);
  await connection.close();
});
