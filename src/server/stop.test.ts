import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { describe, expect, test, vi } from "vitest";
import { soon, startOwn } from "../../test/support/network/own-server.ts";
import { ask } from "../../test/support/network/raw-http.ts";
import { converse } from "../../test/support/network/socket.ts";
import { eventually } from "../testing/eventually.ts";

describe("a stop", () => {
  test("lets requests that are under way come to their answer, and takes no new ones", async () => {
    const gate = Promise.withResolvers<void>();
    let isBegun = false;
    await using app = await startOwn({
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
    [
      "that asks before it sends a body",
      "POST /hooks HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n",
      "Content-Length: 2\r\n\r\n{}",
    ],
  ])(
    "tells a client %s that its connection ends, so that it sends nothing more there",
    async (_, begin, rest) => {
      await using app = await startOwn({
        receive: async (request, response) => {
          await once(request.resume(), "end");
          response.end("received");
        },
      });
      const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
      // In one go with another request: when that is answered, the beginning has been read.
      socket.write(`POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n${begin}`);
      await once(socket, "data");

      const closed = app.server.close(5_000);
      socket.write(rest);

      expect(await text(socket)).toMatch(/HTTP\/1\.1 200 [^]*\r\nconnection: close\r\n/i);
      await closed;
    },
  );

  test("answers all that a client has sent at once on its connection", async () => {
    const gate = Promise.withResolvers<void>();
    await using app = await startOwn({
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

  test.each([
    ["is ready", (second: ServerResponse) => second.end("early"), [200, 200]],
    ["breaks", (second: ServerResponse) => second.destroy(), [200]],
  ])("ends a connection on which the second answer %s before the first one", async (_, answer, statuses) => {
    const gate = Promise.withResolvers<void>();
    let asked = 0;
    await using app = await startOwn({
      receive: async (_request, response) => {
        asked += 1;
        if (asked === 2) return void answer(response);
        await gate.promise;
        response.end("late");
      },
    });
    const delivery = "POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n";
    const conversation = converse(app.url, Buffer.from(delivery + delivery));
    await eventually(() => expect(asked).toBe(2));

    const closed = app.server.close(60_000);
    gate.resolve();

    expect((await conversation).statuses).toEqual(statuses);
    await closed;
  });

  test("ends a connection on which an answer had begun as soon as that is whole", async () => {
    const gate = Promise.withResolvers<void>();
    await using app = await startOwn({
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
    await using app = await startOwn();
    const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
    socket.write("POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    await once(socket, "data");

    await Promise.all([app.server.close(5_000), once(socket, "close")]);

    expect(app.deliveries).toHaveLength(1);
  });

  test("ends connections on which nothing was said, at once", async () => {
    await using app = await startOwn();
    const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
    await once(socket, "connect");

    await Promise.all([app.server.close(60_000), once(socket, "close")]);

    expect(app.deliveries).toEqual([]);
  });

  test("ends what is left after the time of grace", async () => {
    await using app = await startOwn({ receive: () => new Promise(() => undefined) });
    const hanging = ask(app.url, { path: "/hooks" }).catch(String);
    expect(await soon(hanging)).toBe("not yet");

    await app.server.close(100);

    expect(await hanging).toMatch(/hang up|ECONNRESET/);
  });

  test("waits for a request whose client has hung up: what it uses is closed behind it", async () => {
    const [arrived, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const receive = (): Promise<void> => {
      arrived.resolve();
      return gate.promise;
    };
    await using app = await startOwn({ receive });
    const socket = connect(Number(new URL(app.url).port), "127.0.0.1");
    socket.write("POST /hooks HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n");
    await arrived.promise;
    socket.destroy();

    const closed = app.server.close(5_000);
    expect(await soon(closed)).toBe("not yet");
    gate.resolve();

    await closed;
  });

  test("leaves nothing behind that keeps the process alive", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval"] });
    try {
      const app = await startOwn();

      await app.server.close(10_000);

      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("may be asked for twice", async () => {
    await using app = await startOwn();

    await expect(Promise.all([app.server.close(0), app.server.close(0)])).resolves.toHaveLength(2);
  });
});
