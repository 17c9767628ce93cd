import dns from "node:dns";
import { once } from "node:events";
import { type AddressInfo, connect as openSocket, createServer, type Socket } from "node:net";
import { connect } from "@nats-io/transport-node";
import { expect, test, vi } from "vitest";
import { eventually } from "../../../../testing/eventually.ts";
import { endingSockets } from "./sockets.ts";

/** A server that takes connections; it talks for as long as it is told to. */
class Talker implements AsyncDisposable {
  talks: boolean;
  tries = 0;
  readonly sockets = new Set<Socket>();
  readonly #server = createServer((socket) => {
    this.tries += 1;
    this.sockets.add(socket.on("error", () => undefined).on("close", () => this.sockets.delete(socket)));
    // Reads, so that it hears of an end.
    socket.on("data", (said) => String(said).includes("PING") && socket.write("PONG\r\n"));
    if (this.talks) socket.write('INFO {"version":"2.10.0"}\r\n');
  });

  private constructor(talks: boolean) {
    this.talks = talks;
  }

  static async start({ talks }: { readonly talks: boolean }): Promise<Talker> {
    const talker = new Talker(talks);
    await once(talker.#server.listen(0, "127.0.0.1"), "listening");
    return talker;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.cut();
    await once(this.#server.close(), "close");
  }
}

const connectTo = ({ port }: Talker, name = "127.0.0.1") =>
  endingSockets(connect)({ servers: `${name}:${port}`, timeout: 1_000, maxReconnectAttempts: -1 });

test("a try at a server that says nothing leaves no socket", async () => {
  await using server = await Talker.start({ talks: false });

  await expect(connectTo(server)).rejects.toMatchObject({ name: "TimeoutError" });

  await eventually(() => expect(server.sockets.size).toBe(0));
});

test("a connection that is closed while a server says nothing leaves no socket, also by its other addresses", async () => {
  await using server = await Talker.start({ talks: true });
  const threeTimes = (_name: string, _options: unknown, found: (error: null, all: object[]) => void) =>
    found(
      null,
      [1, 2, 3].map(() => ({ address: "127.0.0.1" })),
    );
  vi.spyOn(dns, "lookup").mockImplementation(threeTimes as typeof dns.lookup);
  const connection = await connectTo(server, "some.host");
  server.talks = false;
  server.cut();
  await eventually(() => expect(server.sockets.size).toBe(0));
  await eventually(() => expect(server.sockets.size).toBe(1));

  await connection.close();

  await eventually(() => expect([server.tries, server.sockets.size]).toEqual([4, 0]));
  vi.restoreAllMocks();
});

test("a connection that comes back stays, and others are left alone", async () => {
  await using server = await Talker.start({ talks: true });
  const [first, second] = [await connectTo(server), await connectTo(server)];
  server.cut();
  await eventually(() => expect(server.sockets.size).toBe(2));

  await first.close();

  await eventually(() => expect(server.sockets.size).toBe(1));
  await second.flush();
  await second.close();
});

test("hosts that do not even take a connection leave no sockets", async () => {
  const sockets: Socket[] = [];
  const tryThree = async (): Promise<never> => {
    for (const host of ["one", "two", "three"])
      sockets.push(openSocket({ host, port: 4222, lookup: () => undefined }));
    throw new Error("None is there.");
  };

  await expect(endingSockets(tryThree)()).rejects.toThrow("None is there.");

  expect(sockets.map(({ destroyed }) => destroyed)).toEqual([true, true, true]);
});
