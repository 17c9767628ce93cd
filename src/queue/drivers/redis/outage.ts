import { EngineHealth } from "../../../lib/engine-health.ts";
import type { Log } from "../../../log.ts";

/** Logs once that the engine is lost and once that it is back, for several connections together. */
export class RedisOutage {
  readonly #health: EngineHealth;
  readonly #lost = new Set<object>();

  /** @param engine for people: its URL without the password */
  constructor(engine: string, log?: Log) {
    this.#health = new EngineHealth("queue", engine, log);
  }

  lost(connection: object, error: unknown): void {
    this.#lost.add(connection);
    this.#health.lost(error);
  }

  back(connection: object): void {
    if (this.#lost.delete(connection) && this.#lost.size === 0) this.#health.works();
  }
}
