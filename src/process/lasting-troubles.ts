import { rareLog } from "../lib/rare-log.ts";
import type { Log, LogFields } from "../log.ts";

/** How often a trouble is told that lasts, in ms. */
const againMs = 60_000;

/**
 * The troubles of a task that is done over and over: each is told at once, then once a minute while it lasts, and once
 * when it is over.
 */
export class LastingTroubles {
  readonly #log: Log;
  readonly #facts = new Set<string>();

  constructor(log: Log) {
    this.#log = rareLog(log, againMs, () => performance.now());
  }

  /** The task has failed, or took too long. */
  met(level: "warn" | "error", fact: string, fields: LogFields): void {
    this.#facts.add(fact);
    this.#log[level](fact, fields);
  }

  /** The task was done, so nothing that it had met is left. */
  over(): void {
    for (const fact of this.#facts) this.#log.info(`${fact}.recovered`);
    this.#facts.clear();
  }
}
