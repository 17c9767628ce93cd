import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { signatureHeader } from "../../src/event/signature.ts";
import { nodeReceiver } from "../../src/adapters/node.ts";
import { silentLog } from "../../src/log.ts";
import { accepted } from "../../src/receive/reply.ts";
import { sample } from "../../src/sandbox/samples.ts";
import { startServer, type HookwellServer, type ServerTimeouts } from "../../src/server/server.ts";
import { timed } from "../../src/testing/eventually.ts";
import { startTestApp } from "../support/program/app.ts";
import { converse } from "../support/network/socket.ts";

const start = "POST / HTTP/1.1\r\nHost: x\r\n";

test("a real event gets through quickly while 1,000 connections sit idle, half of them in a request", async () => {
  await using app = await startTestApp();
  await using idle = await openMany(app.url, 1_000);
  for (const socket of idle.sockets.slice(0, 500)) socket.write(`${start}Content-Length: 100\r\n\r\n{`);
  await app.send([]);

  const { ms, value } = await timed(() => app.send(sample("message.sent")));

  expect(value.status).toBe(200);
  expect(ms).toBeLessThan(5_000);
  await app.settled();
  expect(idle.sockets.filter(({ destroyed }) => destroyed)).toEqual([]);
});

test.concurrent.each([
  ["says nothing", ""],
  ["sends headers drop by drop", `${start}X-Slow: `],
  ["sends a body drop by drop", `${start}Content-Length: 100000\r\n\r\n`],
  ["sends a body of chunks drop by drop", `${start}Transfer-Encoding: chunked\r\n\r\n186a0\r\n`],
])("a client that %s is told that it is too slow, and its connection ends", async (_name, beginning) => {
  await using server = await startImpatient();
  const socket = openTo(server.url);
  let text = "";
  socket.on("data", (data: Buffer) => (text += data.toString()));
  if (beginning !== "") socket.write(beginning);
  const drops = setInterval(() => beginning !== "" && socket.write("x"), 20);
  // A drop that arrives after the end resets the connection; what was read before that counts.
  socket.on("error", (error: NodeJS.ErrnoException) => expect(error.code).toMatch(/^(ECONNRESET|EPIPE)$/));

  const { ms } = await timed(() => new Promise((resolve) => socket.on("close", resolve)));
  clearInterval(drops);

  expect(text).toMatch(/^HTTP\/1\.1 408 /);
  // By default it takes 10 s.
  expect(ms).toBeLessThan(9_000);
});

test.concurrent("a connection that waits too long for its next request ends without a word", async () => {
  await using server = await startImpatient({ headersTimeout: 10_000, requestTimeout: 20_000 });

  const { statuses } = await converse(server.url, Buffer.from(`${start}Content-Length: 0\r\n\r\n`));

  expect(statuses).toEqual([200]);
});

/** A receiver that says yes to everything, with timeouts that a test can wait for, but for these. */
async function startImpatient(
  others: Partial<ServerTimeouts> = {},
): Promise<HookwellServer & AsyncDisposable> {
  const receive = nodeReceiver(async () => accepted(0), { bodyLimit: 1_000_000 });
  const pages = { fetch: async () => new Response() };
  const timeouts = {
    headersTimeout: 300,
    requestTimeout: 400,
    keepAliveTimeout: 200,
    connectionsCheckingInterval: 50,
    ...others,
  };
  const options = { host: "127.0.0.1", port: 0, tls: undefined, timeouts };
  const server = await startServer({ receive, path: "/", signatureHeader, pages, log: silentLog }, options);
  return { ...server, [Symbol.asyncDispose]: () => server.close(0) };
}

function openTo(url: string): Socket {
  const { hostname, port } = new URL(url);
  return connect({ host: hostname, port: Number(port) }).on("error", () => undefined);
}

async function openMany(
  url: string,
  count: number,
): Promise<AsyncDisposable & { readonly sockets: readonly Socket[] }> {
  const sockets = Array.from({ length: count }, () => openTo(url));
  await Promise.all(sockets.map((socket) => once(socket, "connect")));
  return {
    sockets,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await sleep(0);
    },
  };
}
