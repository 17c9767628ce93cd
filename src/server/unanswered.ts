import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { OnceAMinute } from "../lib/once-a-minute.ts";
import type { Log } from "../log.ts";

/**
 * How many requests of a connection may wait for their answers. A client may send its next requests before it has those
 * answers, and Node takes them as fast as they come: a stranger who reads no answers could fill the memory and keep the
 * process busy with a few connections. Real clients send a handful.
 */
const mostOfOne = 100;

/** The answers that each connection waits for. */
export class Unanswered {
  readonly #log: Log;
  /** Of each connection, in the order of its requests. */
  readonly #answers = new WeakMap<Duplex, ServerResponse[]>();
  /** Told when their answer is the next on its connection, or that the connection has ended. */
  readonly #turns = new WeakMap<ServerResponse, (isOpen: boolean) => void>();
  readonly #greedy = new OnceAMinute(() => performance.now());

  constructor(log: Log) {
    this.#log = log;
  }

  /** Returns false if nobody waits for this answer any more: its connection has ended, or has asked for too much. */
  add(response: ServerResponse): boolean {
    const { socket } = response.req;
    if (socket.destroyed) return false;
    const answers = this.#of(socket);
    if (answers.length === mostOfOne) {
      this.#end(socket);
      return false;
    }
    answers.push(response);
    response.once("close", () => {
      answers.splice(answers.indexOf(response), 1);
      this.#next(answers, !socket.destroyed);
    });
    return true;
  }

  /**
   * Resolves when this answer is the next that its connection gets; with false if the connection has ended. What is made
   * before its turn waits in memory, for as long as the client likes.
   */
  turn(response: ServerResponse): Promise<boolean> {
    const { socket } = response.req;
    if (socket.destroyed) return Promise.resolve(false);
    if (this.#of(socket)[0] === response) return Promise.resolve(true);
    return new Promise((resolve) => this.#turns.set(response, resolve));
  }

  /** Of the answers that a connection waits for, the one that it gets last. */
  lastOn(socket: Socket): ServerResponse | undefined {
    return this.#answers.get(socket)?.at(-1);
  }

  /** Whether a part of an answer has gone out on the connection, and the rest has not. */
  hasBegun(socket: Duplex): boolean {
    return this.#answers.get(socket)?.[0]?.headersSent === true;
  }

  #next(answers: readonly ServerResponse[], isOpen: boolean): void {
    for (const response of answers) {
      this.#turns.get(response)?.(isOpen);
      this.#turns.delete(response);
      // Of a connection that has ended, nobody else tells those behind the first.
      if (isOpen) return;
    }
  }

  #end(socket: Socket): void {
    socket.destroy();
    const connections = this.#greedy.met();
    if (connections !== undefined) this.#log.warn("server.too_many_unanswered", { connections });
  }

  #of(socket: Socket): ServerResponse[] {
    const known = this.#answers.get(socket);
    if (known !== undefined) return known;
    const answers: ServerResponse[] = [];
    this.#answers.set(socket, answers);
    return answers;
  }
}
