import { QueueUnavailableError } from "../../../errors.ts";
import type { RedisClient } from "./connection/client.ts";
import { settingsOf } from "./settings.ts";
import { isError } from "../../../lib/is-error.ts";

/** How long the server may wait for its disk and its replicas, in ms. */
const commitMs = 4_000;

/** The answer of a server that has no append-only file, does not know the command, or does not allow it. */
const cannotTell = /appendonly is disabled|unknown command|NOPERM/i;

/** From this many messages on, a wait of their own costs the server less than it costs them to wait behind others. */
const largeBatch = 100;
/** A server that flushes before it answers has nothing left to wait for after this time, in ms. */
const flushedMs = 50;
/** A replica writes its file each second, and says so each second, in ms. */
const probeMs = 2_500;
/** Replicas that are there have what was written before after this time, in ms. */
const replicasMs = 500;

/**
 * Waits until the writes of one connection are on disk. It belongs to a connection: a new one would confirm at once
 * what the old one may have lost.
 *
 * While the server waits for its disk, the connection stands still; so there is one such wait at a time, and all writes
 * that came meanwhile share the next one. But a server that flushes before it answers has nothing left to wait for:
 * there a large batch has a wait of its own right behind it, and its confirmation does not stand behind those of
 * others.
 */
export class RedisCommits {
  readonly #client: RedisClient;
  readonly #replicas: number;
  #flushesAlways: boolean;
  #uncommitted = 0;
  #lacksReplicas = false;
  #isProbed = false;
  /** How many replicas confirm, while that is asked. */
  #probing: Promise<number> | undefined;
  #current: Promise<void> | undefined;
  #next: Promise<void> | undefined;

  /** @param replicas how many replicas must have the writes, too */
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
   * Asked before each write. Resolves at once; rejects if replicas were missing the last time and still are. Messages
   * that were written all the same would be there once more after each try.
   */
  async expectReplicas(): Promise<void> {
    // A write behind it on the connection would have its answer too late to be told why it is refused.
    if (this.#probing !== undefined) return this.#assertEnough(await this.#probing);
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

  /** Whether too few replicas had what was written last; if nothing was, as it would be. */
  async lacksReplicas(): Promise<boolean> {
    if (this.#replicas > 0 && !this.#isProbed) {
      this.#isProbed = true;
      this.#probing = this.#probe();
    }
    await this.#probing;
    return this.#lacksReplicas;
  }

  /** Enough if the server cannot say: then the first write is told why. */
  async #probe(): Promise<number> {
    const [, replicas] = await this.#confirmed(probeMs).catch(() => [0, this.#replicas] as const);
    this.#lacksReplicas = replicas < this.#replicas;
    this.#probing = undefined;
    return replicas;
  }

  async #alone(): Promise<void> {
    this.#uncommitted = 0;
    const [disks] = await this.#confirmed(flushedMs);
    if (disks > 0) return;
    // Asked, since somebody may have changed the setting: then each batch would have a wait that takes a second.
    if (this.#flushesAlways) this.#askAgain();
    await this.#shared();
  }

  #shared(): Promise<void> {
    this.#next ??= this.#waitNext();
    return this.#next;
  }

  async #waitNext(): Promise<void> {
    // Writes of the same turn of the event loop share a wait, too.
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
        "connect as many replicas, with appendonly yes if it is set here, or write a smaller ?wait= in HOOKWELL_QUEUE.",
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

  /** How many disks and replicas have the writes, after so many ms at most. */
  async #confirmed(withinMs: number): Promise<readonly [disks: number, replicas: number]> {
    const [replicas, ms] = [String(this.#replicas), String(withinMs)];
    try {
      return await this.#client.sendCommand<[number, number]>(["WAITAOF", "1", replicas, ms]);
    } catch (error) {
      if (!(isError(error) && cannotTell.test(error.message))) throw error;
    }
    // There is no disk to wait for; `report` says so.
    if (this.#replicas === 0) return [1, 0];
    return [1, await this.#client.sendCommand<number>(["WAIT", replicas, ms])];
  }
}

/** Whether it writes and flushes its file before it answers; false if it does not say. */
async function flushesAlways(client: RedisClient): Promise<boolean> {
  const settings = await settingsOf(client, ["appendonly", "appendfsync"]);
  return settings.get("appendonly") === "yes" && settings.get("appendfsync") === "always";
}
