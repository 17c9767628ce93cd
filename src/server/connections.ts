import type { Server } from "node:http";
import type { Socket } from "node:net";

/**
 * The connections of a server, including those that Node's own list lacks: those that have sent no request, or are not
 * through with TLS.
 */
export interface Connections {
  readonly open: ReadonlySet<Socket>;
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
  // With TLS both events come, one after the other, each with a socket that counts its bytes from its own beginning.
  server.on("connection", add).on("secureConnection", add);
  const end = (isMeant: (socket: Socket) => boolean) => (): void => {
    for (const socket of sockets) if (isMeant(socket)) socket.destroy();
  };
  return { open: sockets, endSilent: end(({ bytesRead }) => bytesRead === 0), endAll: end(() => true) };
}
