import { EngineHealth } from "../../../../lib/engines/engine-health.ts";
import { errorFields, type Log } from "../../../../log.ts";
import type { AmqpOpening } from "./opening.ts";
import { reasonOf } from "../patience.ts";
import type { Told } from "./session.ts";

/** Logs what becomes of the connections. */
export class AmqpStatus {
  readonly #engine: string;
  readonly #log: Log | undefined;
  readonly #opening: AmqpOpening;
  readonly #health: EngineHealth;

  /** @param opening told each time that one is lost or cannot be had */
  constructor(engine: string, log: Log | undefined, opening: AmqpOpening) {
    this.#engine = engine;
    this.#log = log;
    this.#opening = opening;
    this.#health = new EngineHealth("queue", engine, log);
  }

  /** For the connection of this name. */
  of(name: string): Told {
    this.#health.expects(name);
    return { up: () => this.#health.works(name), down: (error) => this.#down(name, error) };
  }

  /** The server has taken back what it had handed out of a shard, and hands it out again. */
  takenBack(shard: number, why: unknown): void {
    this.#log?.warn("queue.taken_back", { engine: this.#engine, shard, error: reasonOf(why) });
  }

  #down(connection: string, error: unknown): void {
    const refusal = this.#opening.failed(error);
    const told = { ...errorFields(error), error: reasonOf(error) };
    if (refusal === undefined) this.#health.lost(error, { told, connection });
    else this.#health.lost(refusal, { connection });
  }
}
