import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";
import { expect, test } from "vitest";
import { Way } from "./way.ts";

/** A way to a server that repeats what it hears, and what that has heard. */
async function aWay(random: () => number = () => 0.5) {
  const heard: string[] = [];
  let gone = 0;
  const server = createServer((socket) => {
    socket
      .on("error", () => undefined)
      .on("close", () => (gone += 1))
      .on("data", (bytes) => {
        heard.push(String(bytes));
        socket.write(bytes);
      });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const way = await Way.open((server.address() as AddressInfo).port, random);
  return {
    way,
    heard,
    gone: () => gone,
    [Symbol.asyncDispose]: async () => {
      await way[Symbol.asyncDispose]();
      server.close();
    },
  };
}

/** A connection on it, and what it heard. */
function caller(way: Way) {
  const socket: Socket = connect(way.port, "127.0.0.1").on("error", () => undefined);
  let [heard, isOver] = ["", false];
  socket.on("data", (bytes) => (heard += String(bytes))).on("close", () => (isOver = true));
  return { socket, heard: () => heard, isOver: () => isOver };
}

test("a way that is well carries all", async () => {
  await using parts = await aWay();
  const { socket, heard } = caller(parts.way);

  socket.write("word");

  await expect.poll(heard).toBe("word");
});

test("a way that is cut breaks what is on it, and lets nobody through until it is healed", async () => {
  await using parts = await aWay();
  const first = caller(parts.way);
  first.socket.write("first");
  await expect.poll(first.heard).toBe("first");

  parts.way.begin("cut");

  await expect.poll(first.isOver).toBe(true);
  await expect.poll(parts.gone).toBe(1);
  const second = caller(parts.way);
  second.socket.write("second");
  await expect.poll(second.isOver).toBe(true);
  parts.way.heal();
  const third = caller(parts.way);
  third.socket.write("third");
  await expect.poll(third.heard).toBe("third");
  expect(parts.heard).toEqual(["first", "third"]);
});

test("on a silent way nothing arrives, nor that one side has gone, until it is healed", async () => {
  await using parts = await aWay();
  const { socket, heard } = caller(parts.way);
  socket.write("first");
  await expect.poll(heard).toBe("first");
  parts.way.begin("silent");
  const late = caller(parts.way);
  late.socket.write("late");

  socket.write("second");
  socket.end();

  await new Promise((resolve) => setTimeout(resolve, 100));
  expect([parts.heard, parts.gone()]).toEqual([["first"], 0]);
  parts.way.heal();
  await expect.poll(() => parts.heard.toSorted()).toEqual(["first", "late", "second"]);
  await expect.poll(parts.gone).toBe(1);
  await expect.poll(late.heard).toBe("late");
});

test("a slow way keeps the order", async () => {
  const delays = [0.5, 0.01];
  await using parts = await aWay(() => delays.shift() ?? 0);
  const { socket } = caller(parts.way);
  parts.way.begin("slow");

  socket.write("1");
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(parts.heard).toEqual([]);
  socket.write("2");

  await expect.poll(() => parts.heard.join("")).toBe("12");
});

test("a torn way ends within an answer", async () => {
  await using parts = await aWay();
  const { socket, heard, isOver } = caller(parts.way);
  parts.way.begin("torn");

  socket.write("word");

  await expect.poll(isOver).toBe(true);
  expect([parts.heard, heard()]).toEqual([["word"], "wo"]);
});

test("on a deaf way the server hears all, and its answers are lost with the connection", async () => {
  await using parts = await aWay();
  const { socket, heard, isOver } = caller(parts.way);
  parts.way.begin("deaf");

  socket.write("word");

  await expect.poll(isOver).toBe(true);
  expect([parts.heard, heard()]).toEqual([["word"], ""]);
});
