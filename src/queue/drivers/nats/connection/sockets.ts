import { AsyncLocalStorage } from "node:async_hooks";
import { subscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import type * as Transport from "@nats-io/transport-node";

type Connect = typeof Transport.connect;

/** What is opened for one connection. */
interface Opened {
  /** The client ends each socket that was connected before it opens another. */
  last?: Socket;
  isOver: boolean;
}

const opening = new AsyncLocalStorage<Opened>();

// Node tells of each socket before it connects.
subscribe("net.client.socket", (message) => {
  const opened = opening.getStore();
  if (opened === undefined) return;
  // It ends no socket that is still connecting.
  if (opened.last?.connecting === true) opened.last.destroy();
  opened.last = (message as { readonly socket: Socket }).socket;
  // The client may still try the other addresses of a host.
  if (opened.isOver) setImmediate(end, opened);
});

/**
 * Connects as the client does, but leaves no socket. The client forgets the one of its last try if a server takes a
 * connection and then says nothing, also if it is closed during such a try. That socket would stay for as long as the
 * server is silent, one for each try, and keep the process from ending.
 */
export function endingSockets(connect: Connect): Connect {
  return async (options) => {
    const opened: Opened = { isOver: false };
    try {
      const connection = await opening.run(opened, () => connect(options));
      void connection.closed().then(() => end(opened));
      return connection;
    } catch (error) {
      end(opened);
      throw error;
    }
  };
}

function end(opened: Opened): void {
  opened.isOver = true;
  opened.last?.destroy();
}
