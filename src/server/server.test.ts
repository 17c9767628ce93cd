import { once } from "node:events";
import { copyFile } from "node:fs/promises";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { connect, Server as NetServer } from "node:net";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { makeCertificate, type CertificateFiles } from "../../test/support/certificate.ts";
import { ask } from "../../test/support/raw-http.ts";
import { converse } from "../../test/support/socket.ts";
import { tempFolder, type TempFolder } from "../../test/support/temp-folder.ts";
import { ConfigError } from "../errors.ts";
import { eventually } from "../testing/eventually.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { startServer, type ServerOptions, type ServerParts } from "./server.ts";

async function start(parts: Partial<ServerParts> = {}, options: Partial<ServerOptions> = {}) {
  const recorded = recordedLog();
  const deliveries: string[] = [];
  const receive = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    deliveries.push(`${request.method} ${request.url}`);
    request.resume();
    response.end("received");
  };
  const pages = {
    fetch: async ({ method, url }: Request) => new Response(`${method} ${new URL(url).pathname}`),
  };
  const server = await startServer(
    { receive, path: "/hooks", pages, log: recorded.log, ...parts },
    { host: "127.0.0.1", port: 0, tls: undefined, ...options },
  );
  return { ...recorded, server, url: server.url, deliveries, [Symbol.asyncDispose]: () => server.close(0) };
}

/** Settles within a moment, or tells that it does not. */
const soon = <T>(promise: Promise<T>): Promise<T | "not yet"> =>
  Promise.race([promise, new Promise<"not yet">((resolve) => setTimeout(() => resolve("not yet"), 50))]);

describe("a request", () => {
  test.each([
    ["POST", "/hooks"],
    ["POST", "/hooks?a=b"],
    ["PUT", "/hooks"],
    ["TRACE", "/hooks"],
  ])("%s %s goes to the receiver", async (method, path) => {
    await using app = await start();

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
    await using app = await start();

    const { text } = await ask(app.url, { method, path });

    expect(text).toBe(`${method} ${path}`);
    expect(app.deliveries).toEqual([]);
  });

  test("HEAD of the path of deliveries is for the pages, too", async () => {
    await using app = await start();

    expect((await ask(app.url, { method: "HEAD", path: "/hooks" })).status).toBe(200);
    expect(app.deliveries).toEqual([]);
  });

  test.each([
    ["POST", "http://hooks.example.com/hooks?a=b", "received"],
    ["GET", "http://hooks.example.com/healthz", "GET /healthz"],
    ["GET", "http://hooks.example.com", "GET /"],
  ])("%s %s, as it is sent to a proxy, is for its path", async (method, path, answer) => {
    await using app = await start();

    const { text } = await ask(app.url, { method, path });

    expect(text).toBe(answer);
  });

  test("is for the pages where nothing is received", async () => {
    const pages = { fetch: async () => new Response("page") };
    const recorded = recordedLog();
    const parts: ServerParts = { path: "/hooks", pages, log: recorded.log };
    const server = await startServer(parts, { host: "127.0.0.1", port: 0, tls: undefined });

    const { text } = await ask(server.url, { path: "/hooks" });

    expect(text).toBe("page");
    await server.close(0);
  });

  test("that meets a fault of ours is answered with 503 and logged, and the next one is answered", async () => {
    let isBroken = true;
    await using app = await start({
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
    await using app = await start({
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

const timeouts = {
  headersTimeout: 100,
  requestTimeout: 200,
  keepAliveTimeout: 100,
  connectionsCheckingInterval: 20,
};

describe("a slow client", () => {
  test.each([
    ["that never ends its headers", "POST /hooks HTTP/1.1\r\nHost: a\r\n"],
    ["that never ends its body", "POST /other HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\nhalf"],
    ["that says nothing at all", ""],
  ])("%s is let go", async (_, bytes) => {
    const pages = { fetch: async (request: Request) => new Response(await request.text()) };
    await using app = await start({ pages }, { timeouts });

    const { statuses } = await converse(app.url, Buffer.from(bytes));

    expect([[], [408]]).toContainEqual(statuses);
  });

  test("that waits too long with its next request is let go, and one that does not is served", async () => {
    await using app = await start({}, { timeouts });
    const delivery = "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}";

    const { statuses } = await converse(app.url, Buffer.from(delivery + delivery));

    expect(statuses).toEqual([200, 200]);
  });
});

describe("a stop", () => {
  test("lets requests that are under way come to their answer, and takes no new ones", async () => {
    const gate = Promise.withResolvers<void>();
    let isBegun = false;
    await using app = await start({
      receive: async (_request, response) => {
        isBegun = true;
        await gate.promise;
        response.end("late");
      },
    });
    const underWay = ask(app.url, { path: "/hooks" });
    await eventually(() => expect(isBegun).toBe(true));

    const closed = app.server.close(5_000);
    await expect(ask(app.url, { path: "/hooks" })).rejects.toThrow(/ECONNREFUSED/);
    expect(await soon(closed)).toBe("not yet");
    gate.resolve();

    expect(await underWay).toMatchObject({ status: 200, text: "late", headers: { connection: "close" } });
    await closed;
  });

  test.each([
    ["whose body is on its way", "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{", "}"],
    ["whose headers are on their way", "POST /hooks HTTP/1.1\r\nHost: a\r\n", "Content-Length: 0\r\n\r\n"],
  ])(
    "tells a client %s that its connection ends, so that it sends nothing more there",
    async (_, begin, rest) => {
      await using app = await start({
        receive: async (request, response) => {
          await once(request.resume(), "end");
          response.end("received");
        },
      });
      const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
      await new Promise<void>((resolve) => socket.write(begin, () => resolve()));
      await soon(once(socket, "data"));

      const closed = app.server.close(5_000);
      socket.write(rest);
      const [answer] = (await once(socket, "data")) as [Buffer];

      expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/i);
      await closed;
    },
  );

  test("answers all that a client has sent at once on its connection", async () => {
    const gate = Promise.withResolvers<void>();
    await using app = await start({
      receive: async (_request, response) => {
        await gate.promise;
        response.end("late");
      },
    });
    const delivery = "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    const conversation = converse(app.url, Buffer.from(delivery + delivery));
    expect(await soon(conversation)).toBe("not yet");

    const closed = app.server.close(5_000);
    gate.resolve();

    const { statuses, text } = await conversation;
    expect(statuses).toEqual([200, 200]);
    expect(text.match(/^connection: .*$/gim)).toEqual(["Connection: keep-alive", "Connection: close"]);
    await closed;
  });

  test("ends a connection on which an answer had begun as soon as that is whole", async () => {
    const gate = Promise.withResolvers<void>();
    await using app = await start({
      receive: async (_request, response) => {
        response.writeHead(200, { "content-length": 4 }).flushHeaders();
        await gate.promise;
        response.end("late");
      },
    });
    const delivery = "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    const conversation = converse(app.url, Buffer.from(delivery));
    expect(await soon(conversation)).toBe("not yet");

    const closed = app.server.close(60_000);
    gate.resolve();

    expect((await conversation).text).toMatch(/late$/);
    await closed;
  });

  test("ends connections that wait for their next request, at once", async () => {
    await using app = await start();
    const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
    socket.write("POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    await once(socket, "data");

    await Promise.all([app.server.close(5_000), once(socket, "close")]);

    expect(app.deliveries).toHaveLength(1);
  });

  test("ends connections on which nothing was said, at once", async () => {
    await using app = await start();
    const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
    await once(socket, "connect");

    await Promise.all([app.server.close(60_000), once(socket, "close")]);

    expect(app.deliveries).toEqual([]);
  });

  test("ends what is left after the time of grace", async () => {
    await using app = await start({ receive: () => new Promise(() => undefined) });
    const hanging = ask(app.url, { path: "/hooks" }).catch(String);
    expect(await soon(hanging)).toBe("not yet");

    await app.server.close(100);

    expect(await hanging).toMatch(/hang up|ECONNRESET/);
  });

  test("waits for a request whose client has hung up: what it uses is closed behind it", async () => {
    const gate = Promise.withResolvers<void>();
    await using app = await start({ receive: () => gate.promise });
    const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
    socket.write("POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    await soon(once(socket, "data"));
    socket.destroy();

    const closed = app.server.close(5_000);
    expect(await soon(closed)).toBe("not yet");
    gate.resolve();

    await closed;
  });

  test("leaves nothing behind that keeps the process alive", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    try {
      const app = await start();

      await app.server.close(10_000);

      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("may be asked for twice", async () => {
    await using app = await start();

    await expect(Promise.all([app.server.close(0), app.server.close(0)])).resolves.toHaveLength(2);
  });
});

/** With the server of Node that is behind it. */
async function startSeen() {
  const listening = vi.spyOn(NetServer.prototype, "listen");
  try {
    return { app: await start(), node: listening.mock.contexts[0] as Server };
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
  await using app = await start({}, { host });

  expect(app.url).toMatch(pattern);
  expect((await ask(app.url, { method: "GET" })).status).toBe(200);
});

test.skipIf(process.platform !== "linux")("an address may name its interface", async () => {
  await using app = await start({}, { host: "::1%lo" });

  expect(app.url).toMatch(/^http:\/\/\[::1\]:\d+\/$/);
  expect((await ask(app.url, { method: "GET" })).status).toBe(200);
});

describe("with a certificate", () => {
  let folder: TempFolder;
  let first: CertificateFiles;
  let second: CertificateFiles;
  beforeAll(async () => {
    folder = await tempFolder();
    first = await makeCertificate(folder.path, "first", 1);
    second = await makeCertificate(folder.path, "second", 1);
  });
  afterAll(() => folder[Symbol.asyncDispose]());

  /** The fingerprint that a client sees. */
  async function fingerprintAt(url: string): Promise<string> {
    const socket: TLSSocket = connectTls({ port: Number(new URL(url).port), rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { fingerprint256 } = socket.getPeerCertificate();
    socket.destroy();
    return fingerprint256;
  }

  test("the server speaks HTTPS, and takes a new certificate while it runs", async () => {
    const tls = { cert: join(folder.path, "live.pem"), key: join(folder.path, "live.key") };
    const install = (files: CertificateFiles): Promise<unknown> =>
      Promise.all([copyFile(files.cert, tls.cert), copyFile(files.key, tls.key)]);
    await install(first);
    await using app = await start({}, { tls });
    expect(app.url).toMatch(/^https:/);
    const before = await fingerprintAt(app.url);

    await install(second);
    await app.server.reloadTls();
    const after = await fingerprintAt(app.url);

    expect(after).not.toBe(before);
    await copyFile(first.key, tls.key);
    await expect(app.server.reloadTls()).rejects.toThrow(ConfigError);
    expect(await fingerprintAt(app.url)).toBe(after);
  });

  test("a client that never begins with TLS is let go as soon as any other", async () => {
    await using app = await start({}, { tls: first, timeouts });

    const { statuses } = await converse(app.url, new Uint8Array());

    expect(statuses).toEqual([]);
  });

  test("a connection on which nothing was said but TLS is ended by a stop, at once", async () => {
    await using app = await start({}, { tls: first });
    const socket = connectTls({ port: Number(new URL(app.url).port), rejectUnauthorized: false });
    await once(socket, "secureConnect");

    await Promise.all([app.server.close(60_000), once(socket, "close")]);

    expect(app.deliveries).toEqual([]);
  });

  test("and the key of another the server does not start", async () => {
    const starting = start({}, { tls: { cert: first.cert, key: second.key } });

    await expect(starting).rejects.toThrow(ConfigError);
  });
});

test("without a certificate there is nothing to read again", async () => {
  await using app = await start();

  await expect(app.server.reloadTls()).resolves.toBeUndefined();
});
