import { QueueUnavailableError } from "../../../../errors.ts";
import type { RedisClient, RedisCommandOptions } from "../connection/client.ts";
import { type RedisScript, runScript } from "./script.ts";

/**
 * How long a question for messages, or for a shard, may be on its way, in ms. Nobody else gets the shards so soon, even
 * if the asker was killed right after it.
 */
const lateMs = 3_000;

/**
 * Asks scripts that do nothing after a time of the server's clock, which is their last argument. They give the time,
 * and nothing else if that was too late. It belongs to a connection: the next one may be to another server.
 */
export class TimedQuestions {
  /** By how many ms, at least, the server's clock is ahead of ours; until that is known, each question is late. */
  #aheadMs = Number.MIN_SAFE_INTEGER;
  #wasLate = false;

  /**
   * The first one that is late only tells the time: it is the first on its connection, or the clock of the server was
   * set forward. After two of them, more would be as late.
   *
   * @returns what the script gives beside the time; undefined if it came late
   * @throws {QueueUnavailableError} if the one before came late, too
   */
  async ask(
    client: RedisClient,
    script: RedisScript,
    keys: readonly string[],
    args: readonly string[],
    options?: RedisCommandOptions,
  ): Promise<readonly unknown[] | undefined> {
    const asked = performance.now();
    // Not when it is answered: of several that are on their way, none knows of the others.
    const isSecond = this.#wasLate;
    const latest = String(Math.ceil(asked + this.#aheadMs + lateMs));
    const reply = await runScript(client, script, keys, [...args, latest], options);
    const [time, ...rest] = reply as [number, ...unknown[]];
    this.#heard(time, asked);
    this.#wasLate = rest.length === 0;
    if (!this.#wasLate) return rest;
    if (isSecond) throw new QueueUnavailableError(tooSlow);
    return undefined;
  }

  /**
   * The server has read its clock after it was asked, and before now. What is known from quicker answers stays as long
   * as that can be: after a slow one, it may be all that keeps the next question from being late. It cannot be any more
   * when the clock was set back.
   */
  #heard(time: number, asked: number): void {
    this.#aheadMs = Math.max(time - performance.now(), Math.min(this.#aheadMs, time - asked));
  }
}

const tooSlow = `Redis answers too slowly: a question and its answer are on their way for more than ${lateMs / 1_000} s.`;
