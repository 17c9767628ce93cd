import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { connect } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { freePort } from "../../../../../test/support/network/free-port.ts";
import { eventually } from "../../../../testing/eventually.ts";
import { endingSockets } from "./sockets.ts";
import { connectOnce } from "./connect-once.ts";

/** A server of a cluster, as far as a login goes. It refuses the first logins, as many as it is told. */
class Member implements AsyncDisposable {
  peers: readonly Member[] = [];
  logins = 0;
  #refusing: number;
  host = "";
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.#sockets.add(socket.on("error", () => undefined).on("close", () => this.#sockets.delete(socket)));
    const urls = [this, ...this.peers].map(({ host }) => host);
    socket.write(`INFO ${JSON.stringify({ version: "2.10.0", proto: 1, connect_urls: urls })}\r\n`);
    socket.on("data", (data) => this.#answer(socket, String(data)));
  });

  private constructor(refusing: number) {
    this.#refusing = refusing;
  }

  static async start(refusing = 0): Promise<Member> {
    const member = new Member(refusing);
    await once(member.#server.listen(0, "127.0.0.1"), "listening");
    member.host = `127.0.0.1:${(member.#server.address() as AddressInfo).port}`;
    return member;
  }

  /** How many are connected. */
  get connected(): number {
    return this.#sockets.size;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await once(this.#server.close(), "close");
  }

  #answer(socket: Socket, said: string): void {
    if (said.includes("CONNECT")) {
      this.logins += 1;
      this.#refusing -= 1;
      if (this.#refusing >= 0) return void socket.end("-ERR 'Authorization Violation'\r\n");
    }
    if (said.includes("PING")) socket.write("PONG\r\n");
  }
}

const know = (...members: readonly Member[]): void => {
  for (const member of members) member.peers = members.filter((each) => each !== member);
};

const connectTo = (...hosts: readonly string[]) =>
  connectOnce(
    { connect },
    { servers: [...hosts], timeout: 2_500, maxReconnectAttempts: -1, ignoreAuthErrorAbort: true },
  );

const refused = { name: "AuthorizationError" };

test("after a start that was refused at first, the other servers of the cluster are there when one dies", async () => {
  await using other = await Member.start(2);
  await using named = await Member.start(3);
  know(named, other);

  const connection = await connectTo(named.host);

  expect(connection.getServer()).toBe(named.host);
  // What was tried on the way is not left.
  await eventually(() => expect([named.connected, other.connected]).toEqual([1, 0]));
  await named[Symbol.asyncDispose]();
  await eventually(() => expect([connection.getServer(), other.connected]).toEqual([other.host, 1]));
  await connection.close();
});

test("a host of a cluster that is not named is reached if the one that is refuses us and another is away", async () => {
  const away = await Member.start();
  await using good = await Member.start();
  await using named = await Member.start(Infinity);
  know(named, good, away);
  await away[Symbol.asyncDispose]();

  // The client tries the hosts in any order.
  for (let start = 0; start < 10; start += 1) {
    const connection = await connectTo(named.host);
    expect(connection.getServer()).toBe(good.host);
    await connection.close();
  }
});

test("a named host that lets us in is found among those of a cluster that refuse us", async () => {
  await using good = await Member.start();
  const refusing = await Promise.all(Array.from({ length: 9 }, () => Member.start(Infinity)));
  const [first] = refusing;
  know(...refusing, good);

  for (let start = 0; start < 5; start += 1) {
    const connection = await connectTo(first?.host ?? "", good.host);
    expect(connection.getServer()).toBe(good.host);
    expect(connection.getServers().length).toBeGreaterThan(2);
    await connection.close();
  }
  for (const each of refusing) await each[Symbol.asyncDispose]();
});

test("a cluster that refuses us says so after few logins", async () => {
  await using named = await Member.start(Infinity);
  await using other = await Member.start(Infinity);
  know(named, other);

  await expect(connectTo(named.host)).rejects.toMatchObject(refused);

  expect(named.logins + other.logins).toBeLessThanOrEqual(7);
});

test("servers that let us in only when they are asked for the reason are not asked without end", async () => {
  await using named = await Member.start();
  let connects = 0;
  const client = {
    connect: (options: Parameters<typeof connect>[0] = {}) => {
      connects += 1;
      // As if one host after the other had refused us.
      if (options.ignoreClusterUpdates !== true)
        for (let tries = 0; tries < 99; tries += 1) options.reconnectDelayHandler?.();
      return connect(options);
    },
  };

  const connecting = connectOnce(client, { servers: named.host }).then(() => "connected", String);

  expect(await connecting).toContain("none of the servers that were tried lets us in");
  expect(connects).toBe(3);
  await eventually(() => expect(named.connected).toBe(0));
});

test("a named host that was away at the start is known when it is there", async () => {
  await using there = await Member.start();
  const hosts = [`127.0.0.1:${await freePort()}`, there.host];

  for (let start = 0; start < 8; start += 1) {
    const connection = await connectTo(...hosts);
    expect(
      connection
        .getServers()
        .map(({ listen }) => listen)
        .toSorted(),
    ).toEqual(hosts.toSorted());
    await connection.close();
  }
});

test("of each host that keeps silent it is known whether it did so before or after our login", async () => {
  const servers = ["", 'INFO {"version":"2.10.0"}\r\n'].map((words) =>
    createServer((socket) => void socket.on("error", () => undefined).write(words)).listen(0, "127.0.0.1"),
  );
  const hosts = servers.map(async (server) => {
    await once(server, "listening");
    return `127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  const options = { servers: await Promise.all(hosts), timeout: 200 };

  const connecting = connectOnce({ connect: endingSockets(connect) }, options);

  const errors = [{ name: "TimeoutError" }, { message: expect.stringMatching(/^no answer to the login/) }];
  await expect(connecting).rejects.toMatchObject({ errors });
  for (const server of servers) server.close();
});
