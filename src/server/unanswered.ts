import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";

/**
 * How many requests of a connection may wait for their answers. A client may send its next requests before it has those
 * answers, and Node takes them as fast as they come: a stranger who reads no answers could fill the memory and keep the
 * process busy with a few connections. Real clients send a handful.
 */
const mostOfOne = 100;

/** Counts the answers that each connection waits for. */
export class Unanswered {
  readonly #ended: () => void;
  readonly #counts = new WeakMap<Socket, number>();

  /** @param ended told of each connection that has asked for too much */
  constructor(ended: () => void) {
    this.#ended = ended;
  }

  /** Returns false if nobody waits for this answer any more: its connection has ended, or has asked for too much. */
  add(response: ServerResponse): boolean {
    const { socket } = response.req;
    if (socket.destroyed) return false;
    const count = this.#of(socket);
    if (count === mostOfOne) {
      socket.destroy();
      this.#ended();
      return false;
    }
    this.#counts.set(socket, count + 1);
    response.once("close", () => this.#counts.set(socket, this.#of(socket) - 1));
    return true;
  }

  #of(socket: Socket): number {
    return this.#counts.get(socket) ?? 0;
  }
}
