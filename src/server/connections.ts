import type { Server } from "node:http";
import type { Socket } from "node:net";

/** The connections of a server, including those that Node's own list lacks: without a request, or without TLS yet. */
export interface Connections {
  /** Ends those on which nothing has been said. */
  endSilent(): void;
  endAll(): void;
}

/** Begins to watch; to be called before the server listens. */
export function watchConnections(server: Server): Connections {
  const sockets = new Set<Socket>();
  const add = (socket: Socket): void => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  };
  // With TLS both come, one after the other; what was read counts from the beginning of each.
  server.on("connection", add).on("secureConnection", add);
  const end = (isMeant: (socket: Socket) => boolean) => (): void => {
    for (const socket of sockets) if (isMeant(socket)) socket.destroy();
  };
  return { endSilent: end(({ bytesRead }) => bytesRead === 0), endAll: end(() => true) };
}
