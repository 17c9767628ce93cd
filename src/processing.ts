import type { Config } from "./config/load-config.ts";
import type { Ledger } from "./ledger/ledger.ts";
import type { Log } from "./log.ts";
import type { Handlers } from "./process/handlers.ts";
import { Processor, type ProcessorParts } from "./process/processor.ts";
import { Retention } from "./process/retention.ts";
import type { Queue } from "./queue/queue.ts";
import { graceMs, leaseMs } from "./stores.ts";

/** The second half, over open stores: events are handled, and old ones forgotten. */
export class Processing {
  readonly #processor: Processor;
  readonly #retention: Retention;

  /**
   * Begins at once.
   *
   * @param told of each run, and of each new event
   */
  constructor(
    stores: { readonly queue: Queue; readonly ledger: Ledger },
    config: Config,
    handlers: Handlers,
    log: Log,
    told: Pick<ProcessorParts, "onAttempt" | "onFirstRun">,
  ) {
    const { queue, ledger } = stores;
    this.#processor = new Processor(
      { queue, ledger, handlers, log, ...told },
      {
        concurrency: config.concurrency,
        handlerTimeoutMs: config.handlerTimeout,
        maxAttempts: config.maxAttempts,
        backoffMinMs: config.backoffMin,
        backoffMaxMs: config.backoffMax,
        leaseMs,
      },
    );
    this.#retention = new Retention(ledger, config.retention, log);
  }

  /** Takes no more events, and lets running handlers finish for as long as a stop may take. */
  async close(): Promise<void> {
    this.#retention.close();
    await this.#processor.close(graceMs);
  }
}
