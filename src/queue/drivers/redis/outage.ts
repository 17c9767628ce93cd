import { lostCure } from "../../../lib/engine-health.ts";
import { errorFields, type Log, silentLog } from "../../../log.ts";

/** Tells once that the engine is lost and once that it is back, over several connections. */
export class RedisOutage {
  readonly #engine: string;
  readonly #log: Log;
  readonly #lost = new Set<object>();

  /** @param engine for people: its URL without the password */
  constructor(engine: string, log: Log = silentLog) {
    this.#engine = engine;
    this.#log = log;
  }

  lost(connection: object, error: unknown): void {
    if (this.#lost.size === 0)
      this.#log.warn("queue.engine_lost", { engine: this.#engine, ...errorFields(error), cure: lostCure });
    this.#lost.add(connection);
  }

  /** It is closed, and says nothing of the engine any more. */
  forget(connection: object): void {
    this.#lost.delete(connection);
  }

  back(connection: object): void {
    if (this.#lost.delete(connection) && this.#lost.size === 0)
      this.#log.info("queue.engine_back", { engine: this.#engine });
  }
}
