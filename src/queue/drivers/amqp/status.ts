import { EngineHealth } from "../../../lib/engine-health.ts";
import type { ConfigError } from "../../../errors.ts";
import { errorFields, type Log } from "../../../log.ts";
import { reasonOf } from "./patience.ts";

/** What a connection has to call. */
export interface Told {
  /** It is there, and ready. */
  readonly up: () => void;
  /** It is lost, or could not be had. */
  readonly down: (error: unknown) => void;
}

/** Knows whether all connections are there, and logs each change once. */
export class AmqpStatus {
  readonly #engine: string;
  readonly #log: Log | undefined;
  readonly #ready: () => void;
  readonly #refusalOf: (error: unknown) => ConfigError | undefined;
  readonly #health: EngineHealth;
  readonly #missing = new Set<string>();

  /**
   * @param ready told each time that all are there
   * @param refusalOf told each time that one is lost or cannot be had; gives what a person must change, if that helps
   */
  constructor(
    engine: string,
    log: Log | undefined,
    ready: () => void,
    refusalOf: (error: unknown) => ConfigError | undefined,
  ) {
    this.#engine = engine;
    this.#log = log;
    this.#ready = ready;
    this.#refusalOf = refusalOf;
    this.#health = new EngineHealth("queue", engine, log);
  }

  /** For the connection of this name, which counts as missing until it is there. */
  of(name: string): Told {
    this.#missing.add(name);
    return { up: () => this.#up(name), down: (error) => this.#down(name, error) };
  }

  /** The server has taken back what it had handed out of a shard, and hands it out again. */
  takenBack(shard: number, why: unknown): void {
    this.#log?.warn("queue.taken_back", { engine: this.#engine, shard, error: reasonOf(why) });
  }

  #up(name: string): void {
    this.#missing.delete(name);
    if (this.#missing.size > 0) return;
    this.#health.works();
    this.#ready();
  }

  #down(name: string, error: unknown): void {
    this.#missing.add(name);
    const refusal = this.#refusalOf(error);
    if (refusal !== undefined) return this.#health.lost(refusal);
    return this.#health.lost(error, { ...errorFields(error), error: reasonOf(error) });
  }
}
