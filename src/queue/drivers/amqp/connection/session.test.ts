import { EventEmitter } from "node:events";
import { setImmediate as turn } from "node:timers/promises";
import type { Connection } from "rabbitmq-client";
import { expect, test } from "vitest";
import { eventually } from "../../../../testing/eventually.ts";
import { AmqpSession, type Broken } from "./session.ts";

class FakeChannel extends EventEmitter {
  isClosed = false;

  readonly close = async (): Promise<void> => void (this.isClosed = true);
}

class FakeConnection extends EventEmitter {
  readonly ready = true;
  readonly channels: FakeChannel[] = [];

  acquire = async (): Promise<FakeChannel> => {
    const channel = new FakeChannel();
    this.channels.push(channel);
    return channel;
  };

  readonly close = async (): Promise<void> => undefined;
  readonly unsafeDestroy = (): void => undefined;
}

test("what is broken is closed and built again once, however often and late that is told", async () => {
  const connection = new FakeConnection();
  const tells: Broken[] = [];
  const told: unknown[] = [];
  const session = new AmqpSession(connection as unknown as Connection, {
    build: async (open, broken) => {
      tells.push(broken);
      await open();
      return tells.length;
    },
    up: () => undefined,
    down: (error) => void told.push(error),
  });
  connection.emit("connection");
  await eventually(() => expect(session.get("be used")).toBe(1));

  tells[0]?.("a queue is missing");
  tells[0]?.("a channel has ended");
  await eventually(() => expect(session.get("be used")).toBe(2));
  tells[0]?.("another channel has ended");

  expect(session.get("be used")).toBe(2);
  expect(told).toEqual(["a queue is missing"]);
  expect(connection.channels.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  await session.close();
});

test("a channel that is still being opened when its connection breaks takes the place of nothing, and is closed", async () => {
  const connection = new FakeConnection();
  const slow = Promise.withResolvers<void>();
  const { acquire } = connection;
  let builds = 0;
  const session = new AmqpSession(connection as unknown as Connection, {
    build: async (open) => {
      builds += 1;
      const number = builds;
      await open();
      return number;
    },
    up: () => undefined,
    down: () => undefined,
  });
  connection.acquire = () => slow.promise.then(acquire);
  connection.emit("connection");
  connection.emit("error", new Error("it broke"));
  connection.acquire = acquire;
  connection.emit("connection");
  await eventually(() => expect(session.get("be used")).toBe(2));

  slow.resolve();
  await eventually(() => expect(connection.channels).toHaveLength(2));
  await turn();

  expect(session.get("be used")).toBe(2);
  expect(connection.channels.map(({ isClosed }) => isClosed)).toEqual([false, true]);
  await session.close();
});

test("what is still being built when its connection breaks opens nothing on the next one", async () => {
  const connection = new FakeConnection();
  const slow = Promise.withResolvers<void>();
  const late: Promise<unknown>[] = [];
  const session = new AmqpSession(connection as unknown as Connection, {
    build: async (open) => {
      const opened = late.length === 0 ? slow.promise.then(() => open()) : open();
      late.push(opened);
      await opened;
      return late.length;
    },
    up: () => undefined,
    down: () => undefined,
  });
  connection.emit("connection");
  connection.emit("error", new Error("it broke"));
  connection.emit("connection");
  await eventually(() => expect(session.get("be used")).toBe(2));

  slow.resolve();

  await expect(late[0]).rejects.toThrow("lost meanwhile");
  expect(session.get("be used")).toBe(2);
  expect(connection.channels.map(({ isClosed }) => isClosed)).toEqual([false]);
  await session.close();
});

test("a server that was short of room says so again on the next connection, or has room", async () => {
  const connection = new FakeConnection();
  const session = new AmqpSession(connection as unknown as Connection, {
    build: async () => "built",
    up: () => undefined,
    down: () => undefined,
  });
  connection.emit("connection");
  connection.emit("connection.blocked", "low on memory");
  expect(session.blocked).toBe("low on memory");

  connection.emit("error", new Error("it broke"));
  connection.emit("connection");

  expect(session.blocked).toBeUndefined();
  await session.close();
});

test("a channel that is being closed when its connection breaks is closed, though nobody answers that any more", async () => {
  const connection = new FakeConnection();
  const session = new AmqpSession(connection as unknown as Connection, {
    build: (open) => open(),
    up: () => undefined,
    down: () => undefined,
  });
  connection.emit("connection");
  await eventually(() => expect(connection.channels).toHaveLength(1));
  await eventually(() => session.get("be used"));
  const channel = session.get("be used");
  channel.close = () => new Promise(() => undefined);

  const closed = session.closeChannel(channel);
  channel.emit("close");

  await closed;
  await session.close();
});

test("a channel that is lent is closed behind the question, and its end breaks nothing", async () => {
  const connection = new FakeConnection();
  const told: unknown[] = [];
  const session = new AmqpSession(connection as unknown as Connection, {
    build: async () => "built",
    up: () => undefined,
    down: (error) => void told.push(error),
  });
  connection.emit("connection");
  await eventually(() => expect(session.get("be used")).toBe("built"));

  const refused = session.lend(async () => {
    const [channel] = connection.channels;
    channel?.emit("error", new Error("refused"));
    channel?.emit("close");
    throw new Error("refused");
  });

  await expect(refused).rejects.toThrow("refused");
  expect(connection.channels.map(({ isClosed }) => isClosed)).toEqual([true]);
  expect([session.get("be used"), told]).toEqual(["built", []]);
  await session.close();
});

test("what is done last is done when what was built is closed, and before the connection is", async () => {
  const connection = new FakeConnection();
  const order: string[] = [];
  const session = new AmqpSession(connection as unknown as Connection, {
    build: (open) => open(),
    up: () => undefined,
    down: () => undefined,
  });
  connection.emit("connection");
  await eventually(() => session.get("be used"));
  Object.assign(connection, { close: async () => void order.push("connection") });

  await session.close(async () => {
    order.push(`last, channel closed: ${String(connection.channels[0]?.isClosed)}`);
    throw new Error("the server does not answer");
  });

  expect(order).toEqual(["last, channel closed: true", "connection"]);
});

test("nothing is built over a connection that comes back while all is closed", async () => {
  const connection = new FakeConnection();
  const session = new AmqpSession(connection as unknown as Connection, {
    build: (open) => open(),
    up: () => undefined,
    down: () => undefined,
  });
  connection.emit("connection");
  await eventually(() => session.get("be used"));

  await session.close(async () => {
    connection.emit("error", new Error("it broke"));
    connection.emit("connection");
    await turn();
  });

  expect(connection.channels).toHaveLength(1);
});
