import { ConfigError } from "../errors.ts";
import type { Part } from "./part.ts";
import { errorFields, type Log, type LogFields, silentLog } from "../log.ts";

const cure = "`hookwell doctor` says what to do; when the server works, all goes on by itself";

/**
 * Says once that a server is lost, and once that it is back. In between, it names once each reason for which the server
 * refuses, which only a person can cure.
 */
export class EngineHealth {
  readonly #part: Part;
  readonly #engine: string;
  readonly #log: Log;
  #isLost = false;
  readonly #refusals = new Set<string>();

  /** @param engine for people: its URL without the password */
  constructor(part: Part, engine: string, log: Log = silentLog) {
    this.#part = part;
    this.#engine = engine;
    this.#log = log;
  }

  /** A call or a connection has failed, with a `ConfigError` if the server refuses. */
  lost(error: unknown, told: LogFields = errorFields(error)): void {
    const isNews = error instanceof ConfigError && !this.#refusals.has(error.message);
    if (this.#isLost && !isNews) return;
    this.#isLost = true;
    if (isNews) this.#refusals.add(error.message);
    this.#log.warn(`${this.#part}.engine_lost`, { engine: this.#engine, ...told, cure });
  }

  /** A call has worked, or all connections are there. */
  works(): void {
    if (this.#isLost) this.#log.info(`${this.#part}.engine_back`, { engine: this.#engine });
    this.#isLost = false;
    this.#refusals.clear();
  }
}
