import type { PoolClient } from "pg";
import { handlerClient } from "./handler-client.ts";

/** A server that does not answer for so long is given up; in ms. */
export const patienceMs = 10_000;

/** A connection that a handler uses too, until its transaction is over. */
export class HandlerConnection {
  readonly client: PoolClient;
  /** What the handler gets. */
  readonly shared: PoolClient;
  #isShut = false;
  #isOver = false;

  constructor(client: PoolClient) {
    this.client = client;
    // If the connection breaks, the next query fails.
    client.on("error", ignore);
    this.shared = handlerClient(client, () => this.#isShut);
  }

  /** The handler is over: what it asks for from now on is refused. */
  shut(): void {
    this.#isShut = true;
  }

  /**
   * Gives it back; nothing happens if that was done before. Never throws.
   *
   * @param broken throws the connection away
   */
  end(broken: boolean): void {
    if (this.#isOver) return;
    this.#isShut = true;
    this.#isOver = true;
    this.client.off("error", ignore);
    this.client.release(broken);
  }

  /** A server that does not answer in time loses the connection, so that whoever waits for it hears of it. */
  async inTime<T>(work: () => Promise<T>): Promise<T> {
    const timer = setTimeout(() => this.end(true), patienceMs);
    try {
      return await work();
    } finally {
      clearTimeout(timer);
    }
  }
}

const ignore = (): void => undefined;
