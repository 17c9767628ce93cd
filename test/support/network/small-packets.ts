import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** More than fits into a packet on the way, in bytes. */
const largest = 1_400;

/**
 * A port that leads to another over a way on which large packets get lost: what is written in small pieces arrives, and
 * behind a larger one nothing does, since that is repeated in vain.
 */
export async function smallPackets(port: number): Promise<AsyncDisposable & { readonly port: number }> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const upstream = connect(port, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      let isStuck = false;
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
      from.on("data", (bytes) => {
        isStuck ||= bytes.length > largest;
        if (!isStuck) to.write(bytes);
      });
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
