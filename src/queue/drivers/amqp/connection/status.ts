import type { ConfigError } from "../../../../errors.ts";
import { EngineHealth } from "../../../../lib/engines/engine-health.ts";
import { isError } from "../../../../lib/is-error.ts";
import { within } from "../../../../lib/async/within.ts";
import type { Log } from "../../../../log.ts";
import { reasonOf } from "../errors.ts";
import type { AmqpTarget } from "./url.ts";
import { refusalOf } from "./refusal.ts";
import type { Told } from "./session.ts";

/** How long opening waits for a server that does not answer, in ms. */
const openMs = 3_000;
/**
 * How much longer it waits for a server that answers but has queues to make, in ms: on a cluster each takes a while.
 */
const declaringMs = 9_000;

/** Is told what becomes of the connections, and tells it: by the log, and by an error if it happens at the start. */
export class AmqpStatus {
  readonly #target: AmqpTarget;
  readonly #log: Log | undefined;
  readonly #health: EngineHealth;
  /** With why the server refuses, or with nothing once all connections are ready. */
  readonly #firstTry = Promise.withResolvers<ConfigError | undefined>();

  constructor(target: AmqpTarget, log: Log | undefined) {
    this.#target = target;
    this.#log = log;
    this.#health = new EngineHealth("queue", target.url.shown, log);
  }

  /** For the connection of this name. */
  of(name: string): Told {
    this.#health.expects(name);
    return { up: () => this.#up(name), down: (error) => this.#down(name, error) };
  }

  /**
   * Resolves when all that is needed is there, or the server does not answer so soon.
   *
   * @param isDeclaring whether the server is there, but not all that is needed on it
   * @throws {ConfigError} if waiting does not help
   */
  async opened(isDeclaring: () => boolean): Promise<void> {
    const end = this.#firstTry.promise;
    const refusal =
      (await within(openMs, end)) ?? (isDeclaring() ? await within(declaringMs, end) : undefined);
    if (refusal !== undefined) throw refusal;
  }

  /** The server has taken back what it had handed out of a shard, and hands it out again. */
  takenBack(shard: number, why: unknown): void {
    const engine = this.#target.url.shown;
    this.#log?.warn("queue.taken_back", { engine, shard, error: reasonOf(why) });
  }

  #up(connection: string): void {
    if (this.#health.works(connection)) this.#firstTry.resolve(undefined);
  }

  #down(connection: string, error: unknown): void {
    const refusal = refusalOf(error, this.#target);
    if (refusal !== undefined) this.#firstTry.resolve(refusal);
    this.#health.lost(refusal ?? inPlainWords(error), connection);
  }
}

const inPlainWords = (error: unknown): Error =>
  new Error(reasonOf(error), { cause: isError(error) ? error.cause : undefined });
