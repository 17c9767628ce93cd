import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { afterEach, expect, test, vi } from "vitest";
import { startOwn, timeouts } from "../../test/support/network/own-server.ts";
import { converse } from "../../test/support/network/socket.ts";
import { eventually } from "../testing/eventually.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

const ask = "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
const askPage = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
const last = (request: string): string => request.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");

/** Answers when the gate opens. */
function aSlowReceiver() {
  const gate = Promise.withResolvers<void>();
  let asked = 0;
  const receive = async (_request: unknown, response: ServerResponse): Promise<void> => {
    asked += 1;
    await gate.promise;
    response.end("received");
  };
  return { gate, receive, asked: () => asked };
}

/** A server whose deliveries are answered when the gate opens. */
async function aSlowServer() {
  const { receive, ...slow } = aSlowReceiver();
  return { app: await startOwn({ receive }), ...slow };
}

/** A server with a page that no socket takes at once. */
async function aLargePage() {
  const page = new Uint8Array(16 * 1024 * 1024);
  let asked = 0;
  const fetch = async (): Promise<Response> => {
    asked += 1;
    return new Response(page);
  };
  const app = await startOwn({ pages: { fetch } }, { timeouts: { ...timeouts, keepAliveTimeout: 10_000 } });
  return { app, asked: () => asked };
}

/** A client that asks and reads nothing. */
function mute(url: string, requests: string): Socket {
  const socket = connect(Number(new URL(url).port), "127.0.0.1");
  socket.on("error", () => undefined);
  socket.pause();
  socket.write(requests);
  return socket;
}

test("a connection that asks for more and more before it has its answers is ended, and only that one", async () => {
  const { app, gate, asked } = await aSlowServer();
  await using _ = app;
  const other = converse(app.url, Buffer.from(last(ask)));
  await eventually(() => expect(asked()).toBe(1));

  const greedy = await converse(app.url, Buffer.from(ask.repeat(5_000)));
  gate.resolve();

  expect(greedy.statuses).toEqual([]);
  expect(asked()).toBe(101);
  expect((await other).statuses).toEqual([200]);
});

test("such connections are told in the log, many of them in one line, each once", async () => {
  const { app, gate } = await aSlowServer();
  await using _ = app;
  const greedy = (): Promise<unknown> => converse(app.url, Buffer.from(ask.repeat(150)));

  for (let client = 0; client < 3; client += 1) await greedy();
  const later = performance.now() + 60_000;
  vi.spyOn(performance, "now").mockImplementation(() => later);
  await greedy();
  gate.resolve();

  expect(app.lines).toEqual(
    [1, 3].map((connections) => ({
      level: "warn",
      fact: "server.too_many_unanswered",
      fields: { connections },
    })),
  );
});

test("a connection that waits for a hundred answers gets all of them", async () => {
  const { app, gate, asked } = await aSlowServer();
  await using _ = app;

  const conversation = converse(app.url, Buffer.from(ask.repeat(99) + last(ask)));
  await eventually(() => expect(asked()).toBe(100));
  gate.resolve();

  expect((await conversation).statuses).toEqual(Array.from({ length: 100 }, () => 200));
});

test("a connection may ask as often as it likes, if it waits for its answers", async () => {
  await using app = await startOwn();
  const socket = connect(Number(new URL(app.url).port), "127.0.0.1");

  for (let turn = 0; turn < 150; turn += 1) {
    socket.write(ask);
    await once(socket, "data");
  }

  expect(socket.destroyed).toBe(false);
  socket.destroy();
});

test("a page is made when its turn has come, so that what nobody reads does not fill the memory", async () => {
  const { app, asked } = await aLargePage();
  await using _ = app;
  const socket = mute(app.url, askPage.repeat(90));
  await eventually(() => expect(asked()).toBe(1));

  const other = mute(app.url, askPage);
  await eventually(() => expect(asked()).toBe(2));

  socket.destroy();
  other.destroy();
  await app.server.close(10_000);
  expect(asked()).toBe(2);
});

test("an answer that has gone gives its turn to one page, not to all that wait", async () => {
  const { gate, receive, asked: delivered } = aSlowReceiver();
  const page = Promise.withResolvers<Response>();
  const fetch = vi.fn<() => Promise<Response>>(() => page.promise);
  await using app = await startOwn({ receive, pages: { fetch } });
  const conversation = converse(app.url, Buffer.from(ask + askPage.repeat(3) + last(ask)));
  await eventually(() => expect(delivered()).toBe(2));

  gate.resolve();
  await eventually(() => expect(fetch).toHaveBeenCalled());
  const other = mute(app.url, askPage);
  await eventually(() => expect(fetch).toHaveBeenCalledTimes(2));

  other.destroy();
  page.reject(new Error("no page"));
  expect((await conversation).statuses).toEqual([200, 503, 503, 503, 200]);
});

test("pages that were asked for together come one after the other, also behind deliveries", async () => {
  await using app = await startOwn();
  const asked = [askPage, ask, askPage, ask, askPage.replace("page", "last")];

  const { text } = await converse(app.url, Buffer.from(asked.join("") + last(askPage)));

  expect(text.match(/received|GET \/\w+/g)).toEqual([
    "GET /page",
    "received",
    "GET /page",
    "received",
    "GET /last",
    "GET /page",
  ]);
});
