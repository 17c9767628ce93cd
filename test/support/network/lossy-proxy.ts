import { once } from "node:events";
import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** Stands before a server, and can break connections in the worst moment. */
export interface LossyProxy extends AsyncDisposable {
  readonly port: number;
  /**
   * From now on the server gets everything and its answers are lost: each connection is cut a while after the first.
   * Until `heal`, no new one is let through.
   */
  loseAnswers(): void;
  /** The same for the next connection that sends this, and only for that one. */
  loseAnswerTo(text: string): void;
  heal(): void;
  /** How many connections were cut after the server had an answer for them. */
  readonly cut: () => number;
}

/** How long after the first lost answer a connection is cut, in ms; the server has done what was asked by then. */
const cutMs = 300;

export async function lossyProxy(port: number): Promise<LossyProxy> {
  const sockets = new Set<Socket>();
  let [isLossy, cuts] = [false, 0];
  let asked: string | undefined;
  const server = createServer((client) => {
    if (isLossy) return client.destroy();
    const upstream = connect(port, "127.0.0.1");
    let [isCut, isDoomed] = [false, false];
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on("error", end).on("close", () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on("data", (bytes) => {
      if (asked !== undefined && bytes.includes(asked)) [asked, isDoomed] = [undefined, true];
      upstream.write(bytes);
    });
    upstream.on("data", (bytes) => {
      if (!isLossy && !isDoomed) return void client.write(bytes);
      if (isCut) return undefined;
      [isCut, cuts] = [true, cuts + 1];
      setTimeout(end, cutMs);
      return undefined;
    });
    return undefined;
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    loseAnswers: () => void (isLossy = true),
    loseAnswerTo: (text) => void (asked = text),
    heal: () => void (isLossy = false),
    cut: () => cuts,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
