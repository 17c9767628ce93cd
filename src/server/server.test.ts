import type { Server } from "node:http";
import { Server as NetServer } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { getHeapSpaceStatistics, setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test, vi } from "vitest";
import { startOwn, timeouts } from "../../test/support/network/own-server.ts";
import { ask } from "../../test/support/network/raw-http.ts";
import { converse } from "../../test/support/network/socket.ts";
import { signatureHeader } from "../event/signature.ts";
import { eventually } from "../testing/eventually.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { startServer, type ServerParts } from "./server.ts";

const oldBytes = (): number =>
  getHeapSpaceStatistics().find(({ space_name: name }) => name === "old_space")?.space_used_size ?? 0;

describe("a request", () => {
  test.each([
    ["POST", "/hooks"],
    ["POST", "/hooks?a=b"],
    ["PUT", "/hooks"],
    ["TRACE", "/hooks"],
  ])("%s %s goes to the receiver", async (method, path) => {
    await using app = await startOwn();

    const { text } = await ask(app.url, { method, path });

    expect(text).toBe("received");
    expect(app.deliveries).toEqual([`${method} ${path}`]);
  });

  test.each([
    ["GET", "/hooks"],
    ["POST", "/"],
    ["POST", "/hooks/"],
    ["POST", "/hooksandmore"],
    ["POST", "/api/v1/dead-letters/replay"],
  ])("%s %s is for the pages", async (method, path) => {
    await using app = await startOwn();

    const { text } = await ask(app.url, { method, path });

    expect(text).toBe(`${method} ${path}`);
    expect(app.deliveries).toEqual([]);
  });

  test("HEAD of the path of deliveries is for the pages, too", async () => {
    await using app = await startOwn();

    expect((await ask(app.url, { method: "HEAD", path: "/hooks" })).status).toBe(200);
    expect(app.deliveries).toEqual([]);
  });

  test.each([
    ["POST", "http://hooks.example.com/hooks?a=b", "received"],
    ["GET", "http://hooks.example.com/healthz", "GET /healthz"],
    ["GET", "http://hooks.example.com", "GET /"],
  ])("%s %s, as it is sent to a proxy, is for its path", async (method, path, answer) => {
    await using app = await startOwn();

    const { text } = await ask(app.url, { method, path });

    expect(text).toBe(answer);
  });

  test("that is answered takes no memory any more", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    const responses: WeakRef<object>[] = [];
    await using app = await startOwn({
      receive: async (_request, response) => {
        responses.push(new WeakRef(response));
        response.end("received");
      },
    });

    for (let request = 0; request < 5; request += 1) await ask(app.url, { path: "/hooks" });

    await eventually(() => {
      collect();
      // The server of Node may keep the last one.
      expect(responses.filter((response) => response.deref() !== undefined).length).toBeLessThan(2);
    });
  });

  test("that is answered is gone before the next small collection", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as (options: { type: "minor" }) => void;
    await using app = await startOwn({
      receive: async (_request, response) => {
        Object.assign(response, { ballast: Array.from({ length: 8_000 }, () => 0) });
        await turn();
        response.end("received");
      },
    });
    // Over connections that are kept.
    const delivery = async (): Promise<string> => (await fetch(`${app.url}hooks`, { method: "POST" })).text();
    const askMany = (): Promise<unknown> => Promise.all(Array.from({ length: 40 }, delivery));
    await askMany();
    let kept = 0;
    for (let round = 0; round < 40; round += 1) {
      const before = oldBytes();
      await askMany();
      collect({ type: "minor" });
      // Less if a full collection comes meanwhile.
      kept += Math.max(0, oldBytes() - before);
    }

    // Of 1,600 requests with 64 kB each, and of their client. What small collections find in use goes to the old
    // generation.
    expect(kept / 2 ** 20).toBeLessThan(50);
  });

  test("that is a delivery to another path is told in the log, many of them in one line", async () => {
    await using app = await startOwn();
    const headers = { "x-comapi-signature": "0".repeat(40) };

    await ask(app.url, { method: "POST", path: "/wp-login.php" });
    await ask(app.url, { method: "POST", path: "/hooks", headers });
    expect(app.lines).toEqual([]);
    await ask(app.url, { method: "POST", path: "/webhook", headers });
    await ask(app.url, { method: "POST", path: "/webhook", headers });

    expect(app.lines).toEqual([
      {
        level: "warn",
        fact: "server.wrong_path",
        fields: {
          requests: 1,
          cure: "the sender posts to a path that accepts no events: register the address with the path /hooks, or set HOOKWELL_PATH",
        },
      },
    ]);
  });

  test("is for the pages where nothing is received", async () => {
    const pages = { fetch: async () => new Response("page") };
    const recorded = recordedLog();
    const parts: ServerParts = { path: "/hooks", signatureHeader, pages, log: recorded.log };
    const server = await startServer(parts, { host: "127.0.0.1", port: 0, tls: undefined });

    const { text } = await ask(server.url, { path: "/hooks" });

    expect(text).toBe("page");
    await server.close(0);
  });

  test("that meets a fault of ours is answered with 503 and logged, and the next one is answered", async () => {
    let isBroken = true;
    await using app = await startOwn({
      pages: {
        fetch: async () => {
          if (isBroken) throw new Error("broken");
          return new Response("page");
        },
      },
    });

    const failed = await ask(app.url, { method: "GET" });
    isBroken = false;
    const next = await ask(app.url, { method: "GET" });

    expect([failed.status, failed.headers["retry-after"], failed.text]).toEqual([503, "5", ""]);
    expect(next.status).toBe(200);
    expect(app.lines).toMatchObject([{ fact: "server.request_failed", fields: { error: "broken" } }]);
  });

  test("that breaks when its answer has begun ends its connection, so that nobody takes it for whole", async () => {
    await using app = await startOwn({
      receive: async (_request, response) => {
        response.writeHead(200).write("half");
        throw new Error("broken");
      },
    });

    const { text } = await converse(
      app.url,
      Buffer.from("POST /hooks HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
    );

    expect(text).not.toMatch(/\r\n0\r\n\r\n$/);
    expect(app.facts()).toEqual(["server.request_failed"]);
    expect((await ask(app.url, { method: "GET" })).status).toBe(200);
  });
});

describe("a slow client", () => {
  test.each([
    ["that never ends its headers", "POST /hooks HTTP/1.1\r\nHost: a\r\n"],
    ["that never ends its body", "POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"],
    ["that says nothing at all", ""],
  ])("%s is let go", async (_, bytes) => {
    const pages = { fetch: async (request: Request) => new Response(await request.text()) };
    await using app = await startOwn({ pages }, { timeouts });

    const { statuses } = await converse(app.url, Buffer.from(bytes));

    expect([[], [408]]).toContainEqual(statuses);
  });

  test("that waits too long with its next request is let go, and one that does not is served", async () => {
    await using app = await startOwn({}, { timeouts });
    const delivery = "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";

    const { statuses } = await converse(app.url, Buffer.from(delivery + delivery));

    expect(statuses).toEqual([200, 200]);
  });
});

/** With the server of Node that is behind it. */
async function startSeen() {
  const listening = vi.spyOn(NetServer.prototype, "listen");
  try {
    return { app: await startOwn(), node: listening.mock.contexts[0] as Server };
  } finally {
    listening.mockRestore();
  }
}

test("a connection that cannot be taken, as when too many files are open, ends nothing", async () => {
  const { app, node } = await startSeen();

  node.emit("error", new Error("accept EMFILE"));

  expect(app.facts()).toEqual(["server.failed"]);
  expect((await ask(app.url, { method: "GET" })).status).toBe(200);
  await app.server.close(0);
});

test("load balancers keep a connection for a minute, and we longer; but no client that is slow", async () => {
  const { app, node } = await startSeen();

  expect(node.keepAliveTimeout).toBeGreaterThan(60_000);
  expect([node.headersTimeout, node.requestTimeout]).toEqual([10_000, 20_000]);
  await app.server.close(0);
});

test.each([
  ["127.0.0.1", /^http:\/\/127\.0\.0\.1:\d+\/$/],
  ["::1", /^http:\/\/\[::1\]:\d+\/$/],
])("on the host %s the address is one that can be opened", async (host, pattern) => {
  await using app = await startOwn({}, { host });

  expect(app.url).toMatch(pattern);
  expect((await ask(app.url, { method: "GET" })).status).toBe(200);
});

test.skipIf(process.platform !== "linux")("an address may name its interface", async () => {
  await using app = await startOwn({}, { host: "::1%lo" });

  expect(app.url).toMatch(/^http:\/\/\[::1\]:\d+\/$/);
  expect((await ask(app.url, { method: "GET" })).status).toBe(200);
});
