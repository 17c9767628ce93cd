import { EngineHealth } from "../../../lib/engine-health.ts";
import { errorFields, type Log } from "../../../log.ts";
import type { AmqpOpening } from "./opening.ts";
import { reasonOf } from "./patience.ts";
import type { Told } from "./session.ts";

/** Knows whether all connections are there, and logs each change once. */
export class AmqpStatus {
  readonly #engine: string;
  readonly #log: Log | undefined;
  readonly #opening: AmqpOpening;
  readonly #health: EngineHealth;
  readonly #missing = new Set<string>();

  /** @param opening told each time that all are there, and each time that one is lost or cannot be had */
  constructor(engine: string, log: Log | undefined, opening: AmqpOpening) {
    this.#engine = engine;
    this.#log = log;
    this.#opening = opening;
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
    this.#opening.succeeded();
  }

  #down(name: string, error: unknown): void {
    this.#missing.add(name);
    const refusal = this.#opening.failed(error);
    if (refusal !== undefined) this.#health.lost(refusal);
    else this.#health.lost(error, { ...errorFields(error), error: reasonOf(error) });
  }
}
