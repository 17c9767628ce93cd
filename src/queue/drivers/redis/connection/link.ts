import { HookwellError, QueueUnavailableError } from "../../../../errors.ts";
import type { EngineHealth } from "../../../../lib/engines/engine-health.ts";
import { isError } from "../../../../lib/is-error.ts";
import { sleep } from "../../../../lib/async/sleep.ts";
import { expectWithin, within } from "../../../../lib/async/within.ts";
import { connectRedis, type RedisClient } from "./client.ts";
import { isFull, isMisplaced, refusalOf } from "./refusal.ts";
import type { RedisPlace } from "./url.ts";

/** How long a call waits for its answer, and how long a silent connection is kept after that, in ms. */
const answerMs = 5_000;
const silenceMs = 5_000;
/** How long the first try is waited for, in ms. */
const openMs = 3_000;
/** The shortest and the longest wait between two tries to connect, in ms. */
const shortestWaitMs = 50;
const longestWaitMs = 2_000;

/** One connection that comes back by itself; meanwhile its calls reject. */
export class RedisLink {
  readonly #place: RedisPlace;
  /** Of the server, for all connections to it. */
  readonly #health: EngineHealth;
  readonly #greet: (client: RedisClient) => Promise<void>;
  readonly #closing = new AbortController();
  #client: RedisClient | undefined;
  /** A connection on which a call was not answered in time, so that the next ones need not wait as well. */
  #silent: RedisClient | undefined;
  #problem: unknown;
  #running: Promise<void> = Promise.resolve();

  /** @param greet what is done on every new connection before it is used */
  constructor(place: RedisPlace, health: EngineHealth, greet: (client: RedisClient) => Promise<void>) {
    this.#place = place;
    this.#health = health;
    health.expects(this);
    this.#greet = greet;
  }

  /**
   * Connects, and stays connected from then on. Resolves after the first try or a few seconds, connected or not.
   *
   * @throws {ConfigError} if the server refuses for good
   */
  async start(): Promise<void> {
    const first = this.#connect();
    this.#running = first.then((client) => this.#stayConnected(client));
    await within(openMs, first);
    if (this.#client !== undefined) return;
    // Silent hosts take longer than anybody wants to wait for an error.
    this.#problem ??= new Error("no answer");
    const refusal = refusalOf(this.#problem, this.#place);
    if (refusal !== undefined) throw refusal;
  }

  /**
   * Lets `work` use the connection.
   *
   * @throws {QueueUnavailableError}
   */
  async call<T>(work: (client: RedisClient) => Promise<T>, withinMs: number = answerMs): Promise<T> {
    const client = this.#client;
    if (client === undefined) throw this.#unavailable("cannot be reached", this.#problem);
    if (this.#silent === client) throw this.#unavailable("does not answer");
    const answer = work(client);
    answer.then(
      () => this.#answered(client),
      () => undefined,
    );
    try {
      return await expectWithin(withinMs, answer, () => {
        this.#fellSilent(client);
        return this.#unavailable("does not answer");
      });
    } catch (error) {
      if (error instanceof HookwellError) throw error;
      if (isMisplaced(error)) this.#leave(client, error);
      throw this.#unavailable("failed", error);
    }
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#client?.destroy();
    await this.#running;
  }

  async #stayConnected(first: RedisClient | undefined): Promise<void> {
    const { signal } = this.#closing;
    let [client, waitMs] = [first, shortestWaitMs];
    for (;;) {
      if (client !== undefined) {
        waitMs = shortestWaitMs;
        await this.#use(client);
      }
      await sleep(waitMs * (0.5 + Math.random() / 2), signal);
      if (signal.aborted) return;
      waitMs = Math.min(waitMs * 2, longestWaitMs);
      client = await this.#connect();
    }
  }

  async #connect(): Promise<RedisClient | undefined> {
    try {
      return await connectRedis(this.#place, this.#greet, this.#closing.signal);
    } catch (error) {
      this.#problem = error;
      this.#lost(refusalOf(error, this.#place) ?? error);
      return undefined;
    }
  }

  /** Resolves when the connection is gone; one that comes when the link is closed already goes at once. */
  async #use(client: RedisClient): Promise<void> {
    if (this.#closing.signal.aborted) return client.destroy();
    const gone = Promise.withResolvers<void>();
    client.on("error", (error: unknown) => (this.#problem = error));
    client.on("terminated", () => gone.resolve());
    client.on("end", () => gone.resolve());
    if (!client.isReady) gone.resolve();
    this.#problem = undefined;
    this.#client = client;
    this.#health.works(this);
    await gone.promise;
    this.#client = undefined;
    client.destroy();
    this.#lost(this.#problem);
  }

  #lost(error: unknown): void {
    if (!this.#closing.signal.aborted) this.#health.lost(error, this);
  }

  /** Looks for another server, which may be the same one after a while. */
  #leave(client: RedisClient, error: unknown): void {
    this.#problem = error;
    client.destroy();
  }

  #fellSilent(client: RedisClient): void {
    if (this.#silent === client || this.#client !== client) return;
    this.#silent = client;
    this.#lost(new Error("no answer"));
    void sleep(silenceMs, this.#closing.signal).then(() => {
      if (this.#silent === client) client.destroy();
    });
  }

  #answered(client: RedisClient): void {
    if (this.#silent !== client) return;
    this.#silent = undefined;
    if (this.#client === client) this.#health.works(this);
  }

  #unavailable(what: string, cause?: unknown): QueueUnavailableError {
    const reason = isError(cause) ? `: ${cause.message}` : ".";
    const takesNothing = isFull(cause);
    return new QueueUnavailableError(`Redis at ${this.#place.shown} ${what}${reason}`, {
      cause,
      takesNothing,
    });
  }
}
