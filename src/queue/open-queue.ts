import { join } from "node:path";
import { ConfigError } from "../errors.ts";
import type { QueueDriver, QueueDriverOptions } from "./driver.ts";
import { Queue, type QueueOptions } from "./queue.ts";

/**
 * Opens the queue that a URL names. `sqlite:` is a file in the data folder; `sqlite:/path/to/file` another one.
 * `memory:` forgets everything at the end of the process and is for trials and tests.
 *
 * @param data the data folder, an absolute path
 * @throws {ConfigError} if no driver knows the scheme
 */
export async function openQueue(
  url: string,
  data: string,
  options: QueueOptions & QueueDriverOptions,
): Promise<Queue> {
  return new Queue(await openDriver(url, data, options), options);
}

async function openDriver(url: string, data: string, options: QueueDriverOptions): Promise<QueueDriver> {
  const [scheme, rest] = [url.slice(0, url.indexOf(":")), url.slice(url.indexOf(":") + 1)];
  switch (scheme) {
    case "sqlite": {
      const { openSqliteQueue } = await import("./drivers/sqlite.ts");
      return openSqliteQueue(rest === "" ? join(data, "queue.db") : rest, options);
    }
    case "memory": {
      const { memoryQueue } = await import("./drivers/memory.ts");
      return memoryQueue(options);
    }
    default:
      throw new ConfigError([
        `HOOKWELL_QUEUE (--queue) begins with ${scheme}:, which no queue of this version knows.`,
      ]);
  }
}
