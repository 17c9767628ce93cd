import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { NatsConnection, Status } from "@nats-io/transport-node";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { freePort } from "../../../../../test/support/network/free-port.ts";
import { parseEngineUrl } from "../../../../lib/engines/engine-url.ts";
import { recordedLog } from "../../../../testing/recorded-log.ts";
import { loadNats, type NatsClient } from "./client.ts";
import { NatsLink } from "./link.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** A connection that says what it is told to, until it is closed. */
class Connection {
  readonly #ended = Promise.withResolvers<undefined>();
  readonly #said: Status[] = [];
  #wake = (): void => undefined;
  isClosed = false;
  /** What the server says of itself; the id is that of its run. */
  readonly info = { server_id: "one" };

  say(type: "disconnect" | "reconnect"): void {
    this.#said.push({ type, server: "some" });
    this.#wake();
  }

  async *status(): AsyncIterable<Status> {
    for (;;) {
      for (const status of this.#said.splice(0)) yield status;
      if (this.isClosed) return;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.#wake();
    this.#ended.resolve(undefined);
  }

  closed(): Promise<undefined> {
    return this.#ended.promise;
  }

  getServers(): readonly { readonly listen: string }[] {
    return [{ listen: "127.0.0.1:4222" }];
  }
}

function linkBy(connect: () => Promise<Connection>) {
  const client = { connect: connect as unknown as () => Promise<NatsConnection> } as NatsClient;
  const { log, facts } = recordedLog();
  return { link: new NatsLink(client, parseEngineUrl("nats://127.0.0.1"), log), facts };
}

test("a server that is not there is tried again, more and more seldom", async () => {
  let tries = 0;
  const { link } = linkBy(() => {
    tries += 1;
    return Promise.reject(new Error("nobody"));
  });
  await link.open();

  await vi.advanceTimersByTimeAsync(20_000);

  // After 0, 0.25, 0.75, 1.75, 3.75, 7.75, 12.75 and 17.75 s.
  expect(tries).toBe(8);
  await link.close();
});

test("each connection that ends is followed by another at once", async () => {
  const connections: Connection[] = [];
  const { link } = linkBy(async () => {
    connections.push(new Connection());
    return connections.at(-1) ?? new Connection();
  });
  await link.open();

  for (const count of [2, 3, 4, 5]) {
    await connections.at(-1)?.close();
    await vi.advanceTimersByTimeAsync(300);
    expect([connections.length, link.isUp]).toEqual([count, true]);
  }

  await link.close();
});

test("a server that is reached again counts once more only if it was started again, since its files may be older", async () => {
  const connection = new Connection();
  const { link } = linkBy(() => Promise.resolve(connection));
  await link.open();
  const counts = [link.reached];

  for (const run of ["one", "two"]) {
    connection.say("disconnect");
    connection.info.server_id = run;
    connection.say("reconnect");
    await vi.advanceTimersByTimeAsync(10);
    counts.push(link.reached);
  }

  expect(counts).toEqual([1, 1, 2]);
  await link.close();
});

test("a server that is gone is tried again, more and more seldom, too", async () => {
  const connection = new Connection();
  let tries = 0;
  const { link } = linkBy(() => {
    tries += 1;
    return tries === 1 ? Promise.resolve(connection) : Promise.reject(new Error("nobody"));
  });
  await link.open();

  await connection.close();
  await vi.advanceTimersByTimeAsync(20_000);

  expect(tries).toBe(8);
  await link.close();
});

test("a start that goes on without a connection says so, though hosts are still tried", async () => {
  const late = Promise.withResolvers<Connection>();
  const { link, facts } = linkBy(() => late.promise);

  const opening = link.open();
  await vi.advanceTimersByTimeAsync(3_000);
  await opening;

  expect(facts()).toEqual(["queue.engine_lost"]);
  late.resolve(new Connection());
  await vi.advanceTimersByTimeAsync(0);
  link.answers();
  expect([facts(), link.isUp]).toEqual([["queue.engine_lost", "queue.engine_back"], true]);
  await link.close();
});

test("a connection that comes when all is over is closed", async () => {
  const late = Promise.withResolvers<Connection>();
  const { link } = linkBy(() => late.promise);
  const opening = link.open();
  await vi.advanceTimersByTimeAsync(3_000);
  await opening;
  const closing = link.close();
  await vi.advanceTimersByTimeAsync(2_000);
  await closing;
  const connection = new Connection();

  late.resolve(connection);
  await vi.advanceTimersByTimeAsync(0);

  expect([connection.isClosed, link.isUp]).toEqual([true, false]);
});

test("an answer of the streams that is heard when the line is lost does not say that it is back", async () => {
  const connection = new Connection();
  const { link, facts } = linkBy(async () => connection);
  await link.open();
  connection.say("disconnect");
  await vi.advanceTimersByTimeAsync(0);

  link.answers();
  expect([facts(), link.isUp]).toEqual([["queue.engine_lost"], false]);

  connection.say("reconnect");
  await vi.advanceTimersByTimeAsync(0);
  link.answers();
  expect([facts(), link.isUp]).toEqual([["queue.engine_lost", "queue.engine_back"], true]);
  await link.close();
});

test("a start that succeeds says nothing of a host that is away while another takes long to greet", async () => {
  vi.useRealTimers();
  const slow = createServer((socket) => {
    socket.on("data", (said) => String(said).includes("PING") && socket.write("PONG\r\n"));
    void sleep(2_200).then(() => socket.write('INFO {"version":"2.10.0"}\r\n'));
  });
  await once(slow.listen(0, "127.0.0.1"), "listening");
  const hosts = [await freePort(), (slow.address() as AddressInfo).port].map((port) => `127.0.0.1:${port}`);
  const { log, facts } = recordedLog();
  const link = new NatsLink(await loadNats(), parseEngineUrl(`nats://${hosts.join(",")}`), log);

  await link.open();

  expect([facts(), link.isUp]).toEqual([[], true]);
  await link.close();
  slow.close();
});

/** How a server takes to a login. */
const manners = {
  refuses: (socket: Socket) => socket.end("-ERR 'Authorization Violation'\r\n"),
  "does not answer": () => undefined,
};

async function serving(manner: keyof typeof manners) {
  const server = createServer((socket) => {
    socket.write('INFO {"version":"2.10.0"}\r\n');
    socket
      .on("error", () => undefined)
      .on("data", (said) => String(said).includes("CONNECT") && manners[manner](socket));
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  return { server, port: (server.address() as AddressInfo).port };
}

test.for([
  ["refuses", "is refused by nats://"],
  ["does not answer", "no answer to the login"],
] as const)(
  "what a host that %s means is told, though another that is away is tried last",
  { timeout: 60_000 },
  async ([manner, words]) => {
    vi.useRealTimers();
    const { server, port } = await serving(manner);
    const hosts = [await freePort(), port].map((each) => `127.0.0.1:${each}`);
    const url = parseEngineUrl(`nats://${hosts.join(",")}`);
    const start = async (): Promise<string> => {
      const { log, lines } = recordedLog();
      const link = new NatsLink(await loadNats(), url, log);
      const refusal = await link.open().then(() => "", String);
      await link.close();
      return `${refusal}${String(lines[0]?.fields["error"])}`;
    };

    // The client tries the hosts in any order.
    const told = await Promise.all(Array.from({ length: 8 }, start));

    for (const each of told) expect(each).toContain(words);
    server.close();
  },
);

test(
  "a start waits for a host that is away though another refuses the login, and says which one does",
  { timeout: 60_000 },
  async () => {
    vi.useRealTimers();
    const { server, port } = await serving("refuses");
    const { log, lines } = recordedLog();
    const url = parseEngineUrl(`nats://127.0.0.1:${await freePort()},127.0.0.1:${port}`);
    const link = new NatsLink(await loadNats(), url, log);

    await link.open();

    expect(link.isUp).toBe(false);
    expect(lines.at(-1)?.fields["error"]).toContain(`is refused by nats://127.0.0.1:${port}: write`);
    await link.close();
    server.close();
  },
);

test("a start fails if all hosts refuse the login", { timeout: 60_000 }, async () => {
  vi.useRealTimers();
  const servers = await Promise.all([serving("refuses"), serving("refuses")]);
  const url = parseEngineUrl(`nats://${servers.map(({ port }) => `127.0.0.1:${port}`).join(",")}`);
  const link = new NatsLink(await loadNats(), url);

  await expect(link.open()).rejects.toThrow("is refused by nats://127.0.0.1:");

  await link.close();
  for (const { server } of servers) server.close();
});
