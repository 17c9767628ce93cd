import { QueueUnavailableError } from "../../../errors.ts";
import type { RedisClient } from "./client.ts";

/** How long the server may wait for its disk and its replicas, in ms. */
const commitMs = 4_000;

/** What a server without an append-only file, without the command or without the right to it answers. */
const cannotTell = /appendonly is disabled|unknown command|NOPERM/i;

/**
 * Waits until the writes of one connection are on disk. While the server waits for that, the connection stands still;
 * so there is one such wait at a time, and all writes that came meanwhile share the next one. It belongs to a
 * connection: a new one would confirm at once what the old one may have lost.
 */
export class RedisCommits {
  readonly #client: RedisClient;
  readonly #replicas: number;
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  constructor(client: RedisClient, replicas: number) {
    this.#client = client;
    this.#replicas = replicas;
  }

  /** Resolves when all that was written before this call is durable. */
  commit(): Promise<void> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<void> {
    // Those that come in the same turn of the event loop share a wait, too.
    await (this.#current?.catch(() => undefined) ?? Promise.resolve());
    const commit = this.#wait();
    this.#current = commit;
    this.#next = undefined;
    try {
      await commit;
    } finally {
      if (this.#current === commit) this.#current = undefined;
    }
  }

  async #wait(): Promise<void> {
    const [disks, replicas] = await this.#confirmed();
    if (disks < 1) throw new QueueUnavailableError("Redis did not write to its disk in time.");
    if (replicas < this.#replicas) {
      throw new QueueUnavailableError(
        `${replicas} replicas of Redis have the messages; ?wait=${this.#replicas} asks for more.`,
      );
    }
  }

  async #confirmed(): Promise<readonly [disks: number, replicas: number]> {
    const [replicas, ms] = [String(this.#replicas), String(commitMs)];
    try {
      return await this.#client.sendCommand<[number, number]>(["WAITAOF", "1", replicas, ms]);
    } catch (error) {
      if (!(error instanceof Error && cannotTell.test(error.message))) throw error;
    }
    // There is no disk to wait for, which `report` says.
    if (this.#replicas === 0) return [1, 0];
    return [1, await this.#client.sendCommand<number>(["WAIT", replicas, ms])];
  }
}
