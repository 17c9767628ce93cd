import { ConfigError, DataUnusableError, QueueUnavailableError } from "../errors.ts";
import { errorFields, type Log, silentLog } from "../log.ts";
import { openSqliteFile } from "../lib/engines/engine-file.ts";
import type { QueueDriver, QueueDriverOptions, QueueInlet } from "./driver.ts";
import { heldLog } from "./held-log.ts";
import { Queue, type QueueOptions } from "./queue.ts";

/**
 * Opens the queue that a URL names. `sqlite:` is a file in the data folder; `sqlite:/path/to/file` another one.
 * `amqp:`, `redis:`, `postgres:` and `nats:` are servers, which several machines share. `memory:` forgets everything at
 * the end of the process and is for trials and tests. If opening fails, the error says why, and nothing is logged.
 *
 * @param data the data folder, an absolute path
 * @throws {ConfigError} if no driver knows the scheme
 */
export async function openQueue(
  url: string,
  data: string,
  options: QueueOptions & QueueDriverOptions & SpillOptions,
): Promise<Queue> {
  const { log = silentLog } = options;
  const held = heldLog(log);
  const driver = await openDriver(url, data, { ...options, log: held.log });
  held.release();
  const isEmbedded = driver.shards === 1;
  if (options.spill === true && !isEmbedded) {
    return new Queue(driver, options, await spillingInlet(driver, data, log));
  }
  if (options.spill !== undefined) await tellLeftBehind(data, log);
  return new Queue(driver, options);
}

export interface SpillOptions {
  /** For a receiver: whether what a server does not take is kept on this machine until it does. */
  readonly spill?: boolean;
}

async function spillingInlet(engine: QueueDriver, data: string, log: Log): Promise<QueueInlet> {
  const open = (): Promise<QueueInlet> => openSpill(engine, data, log);
  try {
    return await open();
  } catch (error) {
    // A fault of the file may also show only when it is read.
    if (!(error instanceof DataUnusableError || error instanceof QueueUnavailableError)) {
      await engine.close();
      throw error;
    }
    log.warn("queue.no_spill", errorFields(error));
    const { LateSpill } = await import("./spill/late-spill.ts");
    return new LateSpill({ engine, open, log });
  }
}

async function openSpill(engine: QueueDriver, data: string, log: Log): Promise<QueueInlet> {
  const { SpillingQueue } = await import("./spill/spilling-queue.ts");
  const { takeSlot } = await import("./spill/slot.ts");
  const slot = await takeSlot(data, log);
  try {
    return await SpillingQueue.open({ engine, slot, log });
  } catch (error) {
    await slot.close();
    throw error;
  }
}

/** Earlier receivers may have confirmed events that this one, without a spill, does not forward. */
async function tellLeftBehind(data: string, log: Log): Promise<void> {
  const { forwardLeft, leftBehind } = await import("./spill/left-behind.ts");
  const events = await leftBehind(data, log);
  if (events > 0) log.error("queue.spill_left", { events, cure: forwardLeft(data) });
}

async function openDriver(url: string, data: string, options: QueueDriverOptions): Promise<QueueDriver> {
  const scheme = url.slice(0, url.indexOf(":"));
  switch (scheme) {
    case "sqlite": {
      const { openSqliteQueue } = await import("./drivers/sqlite/queue.ts");
      return openSqliteFile("queue", url, data, (path) => openSqliteQueue(path, options));
    }
    case "postgres":
    case "postgresql": {
      const { openPostgresQueue } = await import("./drivers/postgres/queue.ts");
      return openPostgresQueue(url, options);
    }
    case "amqp":
    case "amqps": {
      const { openAmqpQueue } = await import("./drivers/amqp/queue.ts");
      return openAmqpQueue(url, options);
    }
    case "redis":
    case "rediss": {
      const { openRedisQueue } = await import("./drivers/redis/queue.ts");
      return openRedisQueue(url, options);
    }
    case "nats":
    case "tls": {
      const { openNatsQueue } = await import("./drivers/nats/queue.ts");
      return openNatsQueue(url, options);
    }
    case "memory": {
      const { memoryQueue } = await import("./drivers/memory/queue.ts");
      return memoryQueue(options);
    }
    default:
      throw new ConfigError([
        `HOOKWELL_QUEUE (--queue) begins with ${scheme}:, which no queue of this version knows.`,
      ]);
  }
}
