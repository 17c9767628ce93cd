import { once } from "node:events";
import { connect } from "node:net";
import { expect, test } from "vitest";
import { startOwn } from "../../test/support/network/own-server.ts";
import { converse } from "../../test/support/network/socket.ts";
import { eventually } from "../testing/eventually.ts";

const post = "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}";

test.each([
  ["the PROXY protocol", `PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n${post}`],
  ["TLS", "\u0016\u0003\u0001\u0002\0\u0001\0\u0001\u00fc\u0003\u0003"],
  ["a header with a control character", post.replace("Host: a", "Host: a\r\nX-Forwarded-For: \u0001")],
  ["two lengths", post.replace("Host: a", "Host: a\r\nContent-Length: 2")],
])("%s gets 503, since the sender never repeats what got 400, and the log says so", async (_, bytes) => {
  await using app = await startOwn();

  const { statuses, text } = await converse(app.url, Buffer.from(bytes, "latin1"));

  expect(statuses).toEqual([503]);
  expect(text).toMatch(/\r\nRetry-After: 5\r\nConnection: close\r\n\r\n$/);
  expect(app.deliveries).toEqual([]);
  expect(app.lines).toMatchObject([{ level: "warn", fact: "server.unreadable", fields: { requests: 1 } }]);
});

test("many of them are one line in the log, without what they sent", async () => {
  await using app = await startOwn();

  for (const hidden of ["hunter2", "hunter3", "hunter4"]) {
    await converse(app.url, Buffer.from(`${hidden}\r\n\r\n`));
  }

  expect(app.lines).toHaveLength(1);
  expect(JSON.stringify(app.lines)).not.toContain("hunter");
});

test("a client that leaves in the middle of its request is nothing to tell", async () => {
  await using app = await startOwn();

  // Before the end of its headers, since the server in this test answers as soon as it has them.
  const { statuses } = await converse(app.url, Buffer.from(post.slice(0, post.indexOf("Content"))), "end");

  expect(statuses).toEqual([503]);
  expect(app.lines).toEqual([]);
});

test("nothing is written into an answer that has begun", async () => {
  const body = new ReadableStream({ start: (out) => out.enqueue(Buffer.from("begun")) });
  await using app = await startOwn({ pages: { fetch: async () => new Response(body) } });
  const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
  const parts: string[] = [];
  socket.on("data", (part) => parts.push(part.toString()));

  socket.write("GET /page HTTP/1.1\r\nHost: a\r\n\r\n");
  await eventually(() => expect(parts.join("")).toContain("begun"));
  socket.write("\0");
  await once(socket, "close");

  expect(parts.join("")).not.toContain("503");
  expect(app.lines).toMatchObject([{ fact: "server.unreadable" }]);
});

test("a request without a Host header is taken: nothing here depends on it", async () => {
  await using app = await startOwn();

  const { statuses } = await converse(app.url, Buffer.from(post.replace("Host: a\r\n", "")));

  expect(statuses).toEqual([200]);
  expect(app.deliveries).toEqual(["POST /hooks"]);
});
