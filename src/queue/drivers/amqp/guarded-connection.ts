import type { Socket } from "node:net";
import type { Connection, ConnectionOptions } from "rabbitmq-client";
import { StrangerError } from "./greeting.ts";

/** The largest frame that we ask for, in bytes; a server agrees to this or less. */
export const mostFrameBytes = 131_072;

export type ConnectionClass = new (options: ConnectionOptions) => Connection;

/** What rabbitmq-client 5.0.8 has and does not declare, so that a later version may have none of it. */
interface Undeclared {
  /** How it was told to be. */
  readonly _opt?: { frameMax: number };
  /**
   * How it is: what was agreed with the server, how many tries were made since it was last connected, from 1, and the channel
   * for what is asked without one, or a promise of it.
   */
  readonly _state?: {
    readonly frameMax: number;
    readonly retryCount: number;
    readonly lazyChannel?: unknown;
  };
  /** Begins each try; called through the instance. */
  _connect(): Socket;
}

/**
 * The connection of rabbitmq-client, without five faults of its version 5.0.8: it ends the process over what something
 * else than RabbitMQ answers when it connects again, and if it breaks in its end while a channel is opened; it tells of the
 * first failed try only; it cuts messages into frames, and joins them, by the size that it asked for instead of the
 * one that was agreed; and it calls the system for each message by itself.
 */
export function guardedConnection(base: ConnectionClass): ConnectionClass {
  const Base = base as new (options: ConnectionOptions) => Connection & Undeclared;
  return class extends Base {
    constructor(options: ConnectionOptions) {
      super(options);
      // The first to hear of it, so before any channel is opened, which takes its size from there.
      this.on("connection", () => {
        if (this._opt !== undefined && this._state !== undefined) this._opt.frameMax = this._state.frameMax;
      });
    }

    override async close(): Promise<void> {
      const channel = this._state?.lazyChannel;
      // Whoever asked for it hears why there is none; a listener that the client adds here would be the only one who does not.
      if (channel instanceof Promise) await channel.catch(() => undefined);
      await super.close();
    }

    override _connect(): Socket {
      const socket = super._connect();
      refuseEndlessFrames(socket);
      writeTogether(socket);
      let why: Error = new Error("it hangs up");
      socket.once("error", (error) => (why = error));
      socket.on("close", () => {
        // Counted by now; the client has told of the first one itself.
        if ((this._state?.retryCount ?? 0) > 2) this.emit("error", why);
      });
      return socket;
    }
  };
}

/** Node throws at a length above 1 GiB, and the client, which asks again at the next event, catches only the first. */
function refuseEndlessFrames(socket: Socket): void {
  const read = socket.read.bind(socket);
  socket.read = (size?: number): unknown => {
    if (size === undefined || size <= mostFrameBytes) return read(size);
    socket.destroy(new StrangerError());
    return null;
  };
}

/** What is written in one turn goes out together, at its end: many messages in one call of the system. */
function writeTogether(socket: Socket): void {
  const uncork = socket.uncork.bind(socket);
  socket.uncork = (): void => void setImmediate(uncork);
}
