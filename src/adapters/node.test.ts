import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect } from "node:net";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { testServer } from "../../test/support/network/http-server.ts";
import { ask } from "../../test/support/network/raw-http.ts";
import { converse } from "../../test/support/network/socket.ts";
import { accepted, refused, type Reply } from "../receive/reply.ts";
import type { Receive } from "../receive/receive.ts";
import type { ReceiveRequest } from "../receive/request.ts";
import { eventually } from "../testing/eventually.ts";
import { nodeReceiver } from "./node.ts";

const bodyLimit = 1_000;

/**
 * A real server with the adapter in it; what reaches the receiver is only remembered.
 *
 * @param before what somebody else does with a request before
 */
async function startNode(
  receive: Receive = async () => accepted(1),
  before: (request: IncomingMessage) => unknown = () => undefined,
) {
  const received: ReceiveRequest[] = [];
  const replies: string[] = [];
  const times: number[] = [];
  const take: Receive = (request) => {
    received.push(request);
    return receive(request);
  };
  const onReply = ({ kind }: Reply, seconds: number): void => {
    expect(seconds).toBeGreaterThanOrEqual(0);
    replies.push(kind);
    times.push(seconds);
  };
  const node = nodeReceiver(take, { bodyLimit, onReply });
  const ended = Promise.withResolvers<void>();
  const server = await testServer(async (request, response) => {
    await before(request);
    await node(request, response);
    ended.resolve();
  });
  return { ...server, received, replies, times, ended: ended.promise };
}

test("a delivery reaches the receiver with its bytes, its signature and its headers", async () => {
  await using server = await startNode();
  const body = Uint8Array.from({ length: 256 }, (_, index) => index);

  const answer = await ask(server.url, { body, headers: { "X-Comapi-Signature": "abc", "X-More": "yes" } });

  const [request] = server.received;
  expect([...(request?.body ?? [])]).toEqual([...body]);
  expect(request?.signature).toBe("abc");
  expect(request?.headers()).toMatchObject({ "x-comapi-signature": "abc", "x-more": "yes" });
  expect(answer).toMatchObject({ status: 200, text: '{"accepted":1}' });
  expect(answer.headers["content-type"]).toBe("application/json; charset=utf-8");
  expect(answer.headers["content-length"]).toBe("14");
  expect(server.replies).toEqual(["accepted"]);
});

test("a body that comes in pieces is one body", async () => {
  await using server = await startNode();
  const chunks = ["5\r\n01234\r\n", "1\r\n5\r\n", "4\r\n6789\r\n", "0\r\n\r\n"];
  const head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n";

  const { statuses } = await converse(server.url, Buffer.from(head + chunks.join("")));

  expect(statuses).toEqual([200]);
  expect(server.received.map(({ body }) => Buffer.from(body).toString())).toEqual(["0123456789"]);
});

test("the time that a slow client needs for its body is not told as ours", async () => {
  await using server = await startNode(async () => {
    await sleep(50);
    return accepted(1);
  });
  const request = httpRequest(server.url, { method: "POST", agent: false });
  const answered = once(request, "response") as Promise<[IncomingMessage]>;
  request.write("[");
  await sleep(1_500);
  request.end("]");
  const [response] = await answered;
  response.resume();

  const [seconds] = server.times;
  expect(seconds).toBeGreaterThanOrEqual(0.045);
  expect(seconds).toBeLessThan(1.4);
});

test("a body without bytes reaches the receiver too", async () => {
  await using server = await startNode(async () => refused("empty"));

  const answer = await ask(server.url);

  expect(answer.status).toBe(400);
  expect(server.received.map(({ body }) => body.length)).toEqual([0]);
});

test("a body of just the limit is read, and one byte more is refused before it is", async () => {
  await using server = await startNode();

  const answers = [bodyLimit, bodyLimit + 1].map((length) => ask(server.url, { body: Buffer.alloc(length) }));

  expect((await Promise.all(answers)).map(({ status }) => status)).toEqual([200, 413]);
  expect(server.received).toHaveLength(1);
  expect(server.replies.toSorted()).toEqual(["accepted", "tooLarge"]);
});

test("a body that is announced as too large is refused without waiting for it, and the connection ends", async () => {
  await using server = await startNode();
  const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${bodyLimit + 1}\r\n\r\n`;

  const { statuses, text } = await converse(server.url, Buffer.from(head));

  expect(statuses).toEqual([413]);
  expect(text.toLowerCase()).toContain("connection: close");
  expect(server.received).toEqual([]);
});

test("a body that never ends is refused as soon as it is too large", async () => {
  await using server = await startNode();
  const head = "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n";
  const chunk = `64\r\n${"x".repeat(100)}\r\n`;

  const { statuses } = await converse(server.url, Buffer.from(head + chunk.repeat(11)));

  expect(statuses).toEqual([413]);
  expect(server.received).toEqual([]);
});

test("a client that sends all before it reads gets the answer to a wrong method too", async () => {
  await using server = await startNode();
  const body = Buffer.alloc(16 * 1024 * 1024);
  const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
  socket.pause();

  socket.write(`PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n`);
  const failure = await new Promise((resolve) => socket.write(body, resolve));

  expect(failure ?? undefined).toBeUndefined();
  socket.resume();
  const [answer] = (await once(socket, "data")) as [Buffer];
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 405 /);
  socket.destroy();
});

test("a client that leaves in the middle gets no answer, and nothing is received", async () => {
  await using server = await startNode();
  const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf";

  const { statuses } = await converse(server.url, Buffer.from(head), "cut");
  await sleep(20);

  expect(statuses).toEqual([]);
  expect(server.received).toEqual([]);
  expect(server.replies).toEqual([]);
});

test.each([
  ["in the middle", 100],
  ["behind its whole body", 4],
])(
  "a client that has left %s before that was asked for, as by a middleware that waited, is not waited for",
  async (_, length) => {
    await using server = await startNode(undefined, async (request) => {
      await once(request, "close").catch(() => undefined);
      await sleep(20);
    });

    const head = `POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n\r\nhalf`;
    await converse(server.url, Buffer.from(head), "cut");

    expect(await Promise.race([server.ended, sleep(2_000, "waits")])).toBeUndefined();
    expect([server.received, server.replies]).toEqual([[], []]);
  },
);

test("a request that somebody else ends, as a middleware with a limit of time may, is not waited for", async () => {
  await using server = await startNode(undefined, (request) => {
    setTimeout(() => request.destroy(), 20);
  });

  const head = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf";
  await converse(server.url, Buffer.from(head));

  expect(await Promise.race([server.ended, sleep(2_000, "waits")])).toBeUndefined();
  expect([server.received, server.replies]).toEqual([[], []]);
});

test("an answer that somebody else has begun, as when a middleware has a limit of time, is left alone", async () => {
  const ended = Promise.withResolvers<void>();
  await using server = await testServer((request, response) => {
    const receive = nodeReceiver(
      async () => {
        response.writeHead(504).end("too slow");
        return accepted(1);
      },
      { bodyLimit },
    );
    receive(request, response).then(ended.resolve, ended.reject);
  });

  const { status, text } = await ask(server.url, { body: "{}" });

  await ended.promise;
  expect([status, text]).toEqual([504, "too slow"]);
});

test("a client that leaves before the answer does no harm", async () => {
  const gate = Promise.withResolvers<void>();
  await using server = await startNode(async () => {
    await gate.promise;
    return accepted(1);
  });
  const socket = connect({ host: "127.0.0.1", port: Number(new URL(server.url).port) });
  socket.write("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}");
  await eventually(() => expect(server.received).toHaveLength(1));

  socket.destroy();
  await sleep(20);
  gate.resolve();

  await eventually(() => expect(server.replies).toEqual(["accepted"]));
  expect((await ask(server.url, { body: "{}" })).status).toBe(200);
});

test.each(["GET", "PUT", "DELETE", "PATCH", "OPTIONS"])("%s is no way to send events", async (method) => {
  await using server = await startNode();

  const answer = await ask(server.url, { method });

  expect(answer.status).toBe(405);
  expect(answer.headers["allow"]).toBe("POST");
  expect(server.received).toEqual([]);
});

test("a server that has a page on the path says so to whoever tries another method", async () => {
  const allow = "GET, HEAD, POST";
  await using server = await testServer(nodeReceiver(async () => accepted(1), { bodyLimit, allow }));

  const answer = await ask(server.url, { method: "PUT" });

  expect([answer.status, answer.headers["allow"]]).toEqual([405, allow]);
});

test("a signature that comes twice is none that could be right", async () => {
  await using server = await startNode();
  const bytes = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n";
  const twice = "X-Comapi-Signature: abc\r\nX-Comapi-Signature: def\r\n\r\n{}";

  await converse(server.url, Buffer.from(bytes + twice));

  expect(server.received.map(({ signature }) => signature)).toEqual(["abc, def"]);
});

test("without a signature there is none", async () => {
  await using server = await startNode();

  await ask(server.url, { body: "{}" });

  expect(server.received.map(({ signature }) => signature)).toEqual([undefined]);
});

test.each([
  ["all of it", '{"a":1}'],
  ["an empty one", ""],
])(
  "a body that somebody has read before, %s, is a fault of ours that is told at once",
  async (_what, body) => {
    await using server = await startNode(undefined, buffer);

    const answer = await ask(server.url, { body });

    expect(answer.status).toBe(503);
    expect(answer.text).toContain("BODY_READ_BEFORE");
    expect(server.replies).toEqual(["readBefore"]);
  },
);

test("a body of which somebody has read the beginning would look forged, and is none that was received", async () => {
  await using server = await startNode(undefined, (request) => once(request, "data"));

  const answer = await ask(server.url, { body: '{"a":1}' });

  expect(answer.status).toBe(503);
  expect(server.received).toEqual([]);
});

test("a body that somebody lets come as text is not the one that was signed", async () => {
  await using server = await startNode(undefined, (request) => request.setEncoding("utf8"));

  const answer = await ask(server.url, { body: '{"a":1}' });

  expect(answer.status).toBe(503);
  expect(answer.text).toContain("BODY_READ_BEFORE");
  expect(server.received).toEqual([]);
});

test("an answer keeps the connection for the next delivery", async () => {
  await using server = await startNode();
  const delivery = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";

  const { statuses } = await converse(server.url, Buffer.from(delivery.repeat(3)), "end");

  expect(statuses).toEqual([200, 200, 200]);
});

test("many large bodies at once get no more memory than there is; the others are to come again", async () => {
  const receiver = nodeReceiver(async () => accepted(1), { bodyLimit: 30 * 1024 * 1024 });
  await using server = await testServer(receiver);
  // Each keeps a little less than the limit, and none comes to its end.
  const half = Buffer.alloc(29 * 1024 * 1024);
  const open = Array.from({ length: 5 }, () => {
    const request = httpRequest(server.url, { method: "POST", agent: false });
    const answered = new Promise<number>((resolve) => {
      request.on("response", (response) => resolve(response.resume().statusCode ?? 0));
      request.on("error", () => resolve(0));
    });
    request.setHeader("content-length", half.length + 1);
    request.write(half);
    return { request, answered };
  });

  const first = await Promise.race(open.map(({ answered }) => answered));

  expect(first).toBe(503);
  for (const { request } of open) request.destroy();
});

test("memory for large bodies is given back after each answer", async () => {
  const receiver = nodeReceiver(async () => accepted(1), { bodyLimit: 30 * 1024 * 1024 });
  await using server = await testServer(receiver);
  const body = new Uint8Array(29 * 1024 * 1024);

  const statuses: number[] = [];
  for (let round = 0; round < 6; round += 1) statuses.push((await ask(server.url, { body })).status);

  expect(statuses).toEqual([200, 200, 200, 200, 200, 200]);
});

test("memory for large bodies is given back when their clients leave in the middle", async () => {
  const receiver = nodeReceiver(async () => accepted(1), { bodyLimit: 30 * 1024 * 1024 });
  let came = 0;
  await using server = await testServer((request, response) => {
    void receiver(request, response);
    request.on("data", (chunk: Buffer) => (came += chunk.length));
  });
  const body = new Uint8Array(29 * 1024 * 1024);

  for (let round = 1; round <= 5; round += 1) {
    const request = httpRequest(server.url, { method: "POST", agent: false });
    request.on("error", () => undefined);
    request.setHeader("content-length", body.length + 1);
    request.write(body);
    await eventually(() => expect(came).toBe(round * body.length));
    request.destroy();
  }

  await eventually(async () => expect((await ask(server.url, { body })).status).toBe(200));
});
