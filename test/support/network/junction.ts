import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A port of 127.0.0.1 that leads to another, and from some moment on to a third. */
export interface Junction extends AsyncDisposable {
  readonly port: number;
  /** Cuts all connections; new ones lead there, or are cut too if nobody listens. */
  lead(port: number): void;
}

export async function junction(first: number): Promise<Junction> {
  const sockets = new Set<Socket>();
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  let goal = first;
  const server = createServer((client) => {
    const upstream = connect(goal, "127.0.0.1");
    for (const [from, to] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(from);
      // Its last words still arrive.
      from
        .on("error", () => to.destroy())
        .on("close", () => {
          sockets.delete(from);
          to.end();
        });
      from.pipe(to);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    lead: (port) => {
      goal = port;
      cut();
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      server.close();
      await once(server, "close");
    },
  };
}
