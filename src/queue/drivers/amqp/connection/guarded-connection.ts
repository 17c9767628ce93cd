import type { Socket } from "node:net";
import type { Connection, ConnectionOptions } from "rabbitmq-client";
import { StrangerError } from "./greeting.ts";

/** The largest frame that we ask for, in bytes; a server agrees to this or less. */
export const mostFrameBytes = 131_072;
/**
 * The largest frame that is read once the server has let us in, in bytes. It sends all headers of a message in one
 * frame, whatever was agreed: those that it adds at each hand-out, or that came by another protocol, make it larger.
 */
const mostReadBytes = 128 * 1024 * 1024;

export interface GuardedOptions extends Omit<ConnectionOptions, "password"> {
  /** Asked for at each try. */
  readonly password: () => string;
}

export type ConnectionClass<Options = ConnectionOptions> = new (options: Options) => Connection;

/** What rabbitmq-client 5.0.8 has but does not declare; a later version may lack any of it. */
interface Undeclared {
  /** The options that it was given. */
  readonly _opt?: { frameMax: number; readonly hosts: readonly { hostname: string }[] };
  /**
   * Its state: what was agreed with the server, the tries since it was last connected, counted from 1, and whether it is
   * connected; 0: not yet.
   */
  readonly _state?: { readonly frameMax: number; readonly retryCount: number; readonly readyState: number };
  /** Begins each try. It is called through the instance, so an override works. */
  _connect(): Socket;
}

/**
 * The connection of rabbitmq-client, without six faults of its version 5.0.8: it ends the process if something other
 * than RabbitMQ answers when it connects again; it reports only the first failed try; it cuts messages into frames, and
 * joins them, by the size that it asked for instead of the size that was agreed; it makes a system call for each single
 * message; it takes no IPv6 addresses among its `hosts`, which are encoded as in a URL here; and it always uses its first
 * password.
 */
export function guardedConnection(base: ConnectionClass): ConnectionClass<GuardedOptions> {
  const Base = base as new (options: ConnectionOptions) => Connection & Undeclared;
  return class extends Base {
    constructor({ password, ...options }: GuardedOptions) {
      super({ ...options, password: password() });
      if (this._opt !== undefined) Object.defineProperty(this._opt, "password", { get: password });
      // This is the first listener, so it runs before any channel is opened, which takes its frame size from here.
      this.on("connection", () => {
        if (this._opt !== undefined && this._state !== undefined) this._opt.frameMax = this._state.frameMax;
      });
    }

    override _connect(): Socket {
      for (const host of this._opt?.hosts ?? []) host.hostname = decodeURIComponent(host.hostname);
      const socket = super._connect();
      refuseEndlessFrames(socket, () =>
        (this._state?.readyState ?? 0) === 0 ? mostFrameBytes : mostReadBytes,
      );
      writeTogether(socket);
      let why: Error = new Error("it hangs up");
      socket.once("error", (error) => (why = error));
      socket.on("close", () => {
        // This try is counted by now. The client reports the first one itself.
        if ((this._state?.retryCount ?? 0) > 2) this.emit("error", why);
      });
      return socket;
    }
  };
}

/** Node throws at a length above 1 GiB, and the client, which asks again at the next event, catches only the first. */
function refuseEndlessFrames(socket: Socket, most: () => number): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    if (size === undefined || size <= most()) return read(size);
    socket.destroy(new StrangerError());
    return null;
  };
}

/** What is written in one turn goes out together, at its end: many messages in one call of the system. */
function writeTogether(socket: Socket): void {
  const uncork = socket.uncork.bind(socket);
  socket.uncork = (): void => void setImmediate(uncork);
}
