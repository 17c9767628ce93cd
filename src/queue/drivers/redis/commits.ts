import { QueueUnavailableError } from "../../../errors.ts";
import type { RedisClient } from "./client.ts";
import { settingsOf } from "./settings.ts";
import { isError } from "../../../lib/is-error.ts";

/** How long the server may wait for its disk and its replicas, in ms. */
const commitMs = 4_000;

/** What a server without an append-only file, without the command or without the right to it answers. */
const cannotTell = /appendonly is disabled|unknown command|NOPERM/i;

/** Messages after which a wait of their own costs the server less than it costs them to stand behind another. */
const largeBatch = 100;
/** A server that flushes before it answers has nothing left to wait for so much later, in ms. */
const flushedMs = 50;
/** Replicas that are there have what was written before so much later, in ms. */
const replicasMs = 500;

/**
 * Waits until the writes of one connection are on disk. It belongs to a connection: a new one would confirm at once what
 * the old one may have lost.
 *
 * While the server waits for its disk, the connection stands still; so there is one such wait at a time, and all writes
 * that came meanwhile share the next one. But a server that flushes before it answers has nothing left to wait for: there
 * a large batch has a wait of its own right behind it, and its confirmation does not stand behind those of others.
 */
export class RedisCommits {
  readonly #client: RedisClient;
  readonly #replicas: number;
  #flushesAlways: boolean;
  #uncommitted = 0;
  #lacksReplicas = false;
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param replicas that must have it, too */
  static async on(client: RedisClient, replicas: number): Promise<RedisCommits> {
    const isQuick = replicas === 0 && (await flushesAlways(client));
    return new RedisCommits(client, replicas, isQuick);
  }

  private constructor(client: RedisClient, replicas: number, isQuick: boolean) {
    this.#client = client;
    this.#replicas = replicas;
    this.#flushesAlways = isQuick;
  }

  /**
   * Resolves at once, unless replicas were missing the last time and still are. What is written all the same would be
   * there once more after each try.
   */
  async begin(): Promise<void> {
    if (!this.#lacksReplicas) return;
    const args = [String(this.#replicas), String(replicasMs)];
    this.#assertEnough(await this.#client.sendCommand<number>(["WAIT", ...args]));
  }

  /**
   * Resolves when all that was written before this call is durable.
   *
   * @param messages how many this caller wrote
   */
  commit(messages: number): Promise<void> {
    this.#uncommitted += messages;
    return this.#flushesAlways && this.#uncommitted >= largeBatch ? this.#alone() : this.#shared();
  }

  async #alone(): Promise<void> {
    this.#uncommitted = 0;
    const [disks] = await this.#confirmed(flushedMs);
    if (disks > 0) return;
    // Somebody may have changed the setting, and then as many waits as there are batches would take a second each.
    if (this.#flushesAlways) this.#askAgain();
    await this.#shared();
  }

  #shared(): Promise<void> {
    this.#next ??= this.#begin();
    return this.#next;
  }

  async #begin(): Promise<void> {
    // Those that come in the same turn of the event loop share a wait, too.
    await this.#current?.catch(() => undefined);
    this.#current = this.#wait();
    this.#next = undefined;
    await this.#current;
  }

  async #wait(): Promise<void> {
    this.#uncommitted = 0;
    const [disks, replicas] = await this.#confirmed(commitMs);
    if (disks < 1) throw new QueueUnavailableError("Redis did not write to its disk in time.");
    this.#assertEnough(replicas);
  }

  #assertEnough(replicas: number): void {
    this.#lacksReplicas = replicas < this.#replicas;
    if (!this.#lacksReplicas) return;
    throw new QueueUnavailableError(
      `${replicas} replicas of Redis have the messages; ?wait=${this.#replicas} asks for more: ` +
        "connect as many replicas, or write a smaller ?wait= in HOOKWELL_QUEUE.",
    );
  }

  #askAgain(): void {
    this.#flushesAlways = false;
    flushesAlways(this.#client).then(
      (isSo) => (this.#flushesAlways = isSo),
      // The connection is gone.
      () => undefined,
    );
  }

  /** How many have it after so many ms at most. */
  async #confirmed(withinMs: number): Promise<readonly [disks: number, replicas: number]> {
    const [replicas, ms] = [String(this.#replicas), String(withinMs)];
    try {
      return await this.#client.sendCommand<[number, number]>(["WAITAOF", "1", replicas, ms]);
    } catch (error) {
      if (!(isError(error) && cannotTell.test(error.message))) throw error;
    }
    // There is no disk to wait for, which `report` says.
    if (this.#replicas === 0) return [1, 0];
    return [1, await this.#client.sendCommand<number>(["WAIT", replicas, ms])];
  }
}

/** Whether it writes and flushes its file before it answers; false if it does not say. */
async function flushesAlways(client: RedisClient): Promise<boolean> {
  const settings = await settingsOf(client, ["appendonly", "appendfsync"]);
  return settings.get("appendonly") === "yes" && settings.get("appendfsync") === "always";
}
