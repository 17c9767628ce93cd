import { ConfigError } from "../../errors.ts";
import type { Part } from "./part.ts";
import { errorFields, type Log, silentLog } from "../../log.ts";

const cure = "`hookwell doctor` says what to do; once the server works again, Hookwell goes on by itself";

/**
 * Says once that a server is lost, however many connections to it are, and once that it is back, with all of them. In
 * between, it names once each reason for which the server refuses, which only a person can cure.
 */
export class EngineHealth {
  readonly #part: Part;
  readonly #engine: string;
  readonly #log: Log;
  /** Connections that are not there; this itself stands for the only one. */
  readonly #missing = new Set<unknown>();
  /** It was said that the server is lost, and not yet that it is back. */
  #isTold = false;
  readonly #refusals = new Set<string>();

  /** @param engine for people: its URL without the password */
  constructor(part: Part, engine: string, log: Log = silentLog) {
    this.#part = part;
    this.#engine = engine;
    this.#log = log;
  }

  /** One of several connections is yet to be made: a server that is lost is back only with it. */
  expects(connection: unknown): void {
    this.#missing.add(connection);
  }

  /** A call or a connection has failed, with a `ConfigError` if the server refuses. */
  lost(error: unknown, connection: unknown = this): void {
    const isNews = error instanceof ConfigError && !this.#refusals.has(error.message);
    this.#missing.add(connection);
    if (this.#isTold && !isNews) return;
    this.#isTold = true;
    if (isNews) this.#refusals.add(error.message);
    this.#log.warn(`${this.#part}.engine_lost`, { engine: this.#engine, ...errorFields(error), cure });
  }

  /**
   * A call has worked, or the connection is there.
   *
   * @returns whether all connections are there
   */
  works(connection: unknown = this): boolean {
    this.#missing.delete(connection);
    if (this.#missing.size > 0) return false;
    if (this.#isTold) this.#log.info(`${this.#part}.engine_back`, { engine: this.#engine });
    this.#isTold = false;
    this.#refusals.clear();
    return true;
  }
}
