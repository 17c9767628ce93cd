import { randomUUID } from "node:crypto";
import { realpathSync } from "node:fs";
import { QueueUnavailableError } from "../../../errors.ts";
import { encodeMessage, encodeMessages, type Message, readMessage } from "../../../event/message.ts";
import { Bell } from "../../../lib/async/bell.ts";
import type { EngineReport } from "../../../lib/engines/engine-report.ts";
import { CommitWatch } from "../../../lib/sqlite/commit-watch.ts";
import { FileThread } from "../../../lib/threads/file-thread.ts";
import { pack } from "../../../lib/threads/spans.ts";
import { openDatabase, sqliteReport } from "../../../lib/sqlite/sqlite.ts";
import { threadUrl } from "../../../lib/threads/thread-client.ts";
import {
  type Delivery,
  type QueueDepth,
  type QueueDriver,
  type QueueDriverOptions,
  receiptsOf,
  receiveMs,
  type RetryOptions,
  type WorkersHistory,
} from "../../driver.ts";
import { queueSchema } from "./schema.ts";
import type { Return } from "./store.ts";
import type { QueueCalls, QueueThreadData } from "./thread.ts";

/** How often `receive` looks whether there may be something to claim, such as a message of another process, in ms. */
const lookMs = 50;

/**
 * The embedded queue: one SQLite file, worked on by a thread of its own, so that no commit holds up the event loop.
 * Sends that arrive together share one commit. Several processes may open the same file.
 *
 * @throws {DataVersionError} if a newer Hookwell wrote the file
 */
export function openSqliteQueue(path: string, options: QueueDriverOptions): QueueDriver {
  // Opened once here, so that a wrong file or folder is reported at the start and not at the first message.
  openDatabase(path, queueSchema).close();
  return new SqliteQueue(path, options);
}

class SqliteQueue implements QueueDriver {
  /** A file is one shard. */
  readonly shards = 1;
  readonly #path: string;
  readonly #thread: FileThread<QueueCalls>;
  readonly #commits: CommitWatch;
  readonly #bell = new Bell();
  #owns = false;
  /** From when on a claim may find something, also without a commit that is noticed, by `performance.now()`. */
  #dueAt = 0;

  constructor(path: string, { leaseMs }: QueueDriverOptions) {
    this.#path = path;
    // Its log lies beside the file itself, should the path be a link to it.
    this.#commits = new CommitWatch(realpathSync(path));
    const data: QueueThreadData = { path, owner: randomUUID(), leaseMs };
    const owner = { part: "queue", file: "queue's file", Unavailable: QueueUnavailableError };
    this.#thread = new FileThread(threadUrl(new URL("./thread.js", import.meta.url)), data, owner);
  }

  async send(messages: readonly Message[]): Promise<void> {
    await this.#thread.call("send", undefined, encodeMessages(messages));
    // Not left to the watch, which misses commits where the times of files are coarse.
    this.#dueAt = 0;
    this.#bell.ring();
  }

  async own(shards: readonly number[]): Promise<void> {
    if (shards.length > 0 && !this.#owns) await this.#thread.call("takeOver", undefined);
    this.#owns = shards.length > 0;
    // What was committed while it was not ours has not been looked at.
    this.#dueAt = 0;
  }

  /** Kept for as long as a worker of this history lives. */
  async reserve({ name }: WorkersHistory): Promise<number> {
    const { value: isOurs } = await this.#thread.call("reserve", name);
    return isOurs ? Number.POSITIVE_INFINITY : 0;
  }

  async receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    const until = performance.now() + receiveMs;
    let deliveries = await this.#claim(max, signal);
    for (;;) {
      const left = until - performance.now();
      if (deliveries.length > 0 || left <= 0 || signal.aborted || this.#thread.isClosed) return deliveries;
      await this.#bell.wait(Math.min(left, lookMs), signal);
      // A claim wakes a thread and takes the lock for writing, so an idle queue is not claimed from all the time.
      const mayHaveMore = performance.now() >= this.#dueAt || (await this.#commits.hasCommit());
      if (mayHaveMore) deliveries = await this.#claim(max, signal);
    }
  }

  async ack(deliveries: readonly Delivery[]): Promise<void> {
    await this.#thread.call("ack", receiptsOf(deliveries));
  }

  async retry(delivery: Delivery, { delayMs, attempt }: RetryOptions): Promise<void> {
    const { receipt, message } = delivery;
    // A message that we cannot read, we cannot write anew either, so it stays where it is.
    const stays = attempt === delivery.attempt || message instanceof RangeError;
    const again: Return = { receipt, ms: delayMs, attempt };
    if (stays) await this.#thread.call("park", again);
    else await this.#thread.call("retry", again, pack([encodeMessage(message)]));
    this.#dueAt = 0;
  }

  async extend(deliveries: readonly Delivery[]): Promise<void> {
    await this.#thread.call("extend", receiptsOf(deliveries));
  }

  async depth(): Promise<QueueDepth> {
    return (await this.#thread.call("depth", undefined)).value;
  }

  async report(): Promise<EngineReport> {
    return sqliteReport(this.#path);
  }

  close(): Promise<void> {
    const closed = this.#thread.close();
    this.#bell.ring();
    return closed;
  }

  async #claim(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    if (!this.#owns || signal.aborted || this.#thread.isClosed) return [];
    const { value, parts } = await this.#thread.call("claim", max);
    const { claimed, dueInMs } = value;
    this.#dueAt = performance.now() + dueInMs;
    return claimed.map(([receipt, attempt], index) => ({
      receipt,
      attempt,
      message: this.#read(receipt, parts[index]),
    }));
  }

  #read(receipt: string, bytes: Uint8Array | undefined): Message | RangeError {
    // A copy: all parts are views of one buffer, and a single message that stays long would keep the whole of it.
    if (bytes !== undefined && bytes.length > 0) return readMessage(Buffer.from(bytes));
    return new RangeError(
      `${this.#path} is damaged where the event ${receipt} waits, which stays there, and all others go on. ` +
        "When nothing else waits any more, stop Hookwell and move the file away.",
    );
  }
}
