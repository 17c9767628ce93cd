import { errorFields, type Log } from "../log.ts";
import type { Quarantine } from "./quarantine.ts";
import type { SecretHits } from "./quarantine-store.ts";

/** How often counted hits are written down, in ms; a crash forgets at most these. */
const writeMs = 1_000;

/** Counts how often each secret is used, so that people see when an old one no longer is. Counting costs no I/O. */
export class SecretUseCounter {
  readonly #quarantine: Pick<Quarantine, "countHits">;
  readonly #now: () => number;
  readonly #log: Log;
  readonly #timer: NodeJS.Timeout;
  #hits = new Map<string, { hits: number; lastUsedAt: number }>();
  #isFailing = false;

  constructor(quarantine: Pick<Quarantine, "countHits">, now: () => number, log: Log) {
    this.#quarantine = quarantine;
    this.#now = now;
    this.#log = log;
    this.#timer = setInterval(() => void this.write(), writeMs).unref();
  }

  count(name: string): void {
    const use = this.#hits.get(name);
    if (use === undefined) this.#hits.set(name, { hits: 1, lastUsedAt: this.#now() });
    else {
      use.hits += 1;
      use.lastUsedAt = this.#now();
    }
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.write();
  }

  /** Writes down what was counted, before it is read from there; never fails. */
  async write(): Promise<void> {
    if (this.#hits.size === 0) return;
    const counted = this.#hits;
    this.#hits = new Map();
    const hits = [...counted].map(([name, use]): SecretHits => ({ name, ...use }));
    try {
      await this.#quarantine.countHits(hits);
      this.#isFailing = false;
    } catch (error) {
      this.#takeBack(hits);
      if (!this.#isFailing) this.#log.warn("receive.secret_use_not_written", errorFields(error));
      this.#isFailing = true;
    }
  }

  /** Counts them again, so that they are written with the next ones. */
  #takeBack(counted: readonly SecretHits[]): void {
    for (const { name, hits, lastUsedAt } of counted) {
      const use = this.#hits.get(name);
      if (use === undefined) this.#hits.set(name, { hits, lastUsedAt });
      else use.hits += hits;
    }
  }
}
