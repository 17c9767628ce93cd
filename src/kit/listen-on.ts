import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { nodeReceiver } from "../adapters/node.ts";
import type { Receive } from "../receive/receive.ts";

export interface Listening {
  readonly url: string;
  close(): Promise<void>;
}

/** Receives on a free port of this machine. */
export async function listenOn(receive: Receive, bodyLimit: number): Promise<Listening> {
  const handle = nodeReceiver(receive, { bodyLimit });
  const server = createServer((request, response) => void handle(request, response));
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
