import type { NatsConnection } from "@nats-io/transport-node";
import { type ConfigError, QueueUnavailableError } from "../../../../errors.ts";
import { EngineHealth } from "../../../../lib/engines/engine-health.ts";
import type { EngineUrl } from "../../../../lib/engines/engine-url.ts";
import { shared } from "../../../../lib/async/shared.ts";
import { sleep } from "../../../../lib/async/sleep.ts";
import { atMost } from "../../../../lib/async/within.ts";
import type { Log } from "../../../../log.ts";
import { connectionOptions, type NatsClient } from "./client.ts";
import { connectOnce, UnansweredLoginError } from "./connect-once.ts";
import { isNamed } from "../errors.ts";
import { mostTelling, reasonsOf, refusalByAll } from "./reasons.ts";
import { refusalOf } from "./refusal.ts";
import { saidBy, type Trial, trialsOf } from "./trial.ts";

/** How long the first try may hold up the start, in ms. */
const openingMs = 2_800;

/** After how long without a connection a server is asked why, in ms. */
const silenceMs = 1_000;

/**
 * The same for a try that is under way, in ms. Who is asked has a second to answer, so that a host that is away is told
 * of only when the client, too, has given up one that takes long to greet, but before the start goes on without any.
 */
const tryingMs = 1_700;

/** How long a try that is under way may hold up the end, in ms. */
const closingMs = 1_000;

/** How long the client may take to give up a silent connection, in ms. */
const givingUpMs = 1_000;

/** How long to wait between tries to reach a server that was never reached, in ms. */
const [firstWaitMs, mostWaitMs] = [250, 5_000];

/** One connection that comes back by itself. It says once that the engine is lost, and once that it is back. */
export class NatsLink {
  readonly #client: NatsClient;
  readonly #url: EngineUrl;
  readonly #health: EngineHealth;
  readonly #closing = new AbortController();
  #connection: NatsConnection | undefined;
  #isUp = false;
  #reached = 0;
  /** Which server was reached last; each run of one has an id of its own. */
  #server: string | undefined;
  /** Why there is no connection; or what the server says against the one that is there. */
  #trouble: unknown;
  #running: Promise<void> = Promise.resolve();
  readonly #findOut = shared(() => this.#askWhy());
  /** Whether the last try has come so far that a server was sent our login. */
  #isLoginSent = false;

  constructor(client: NatsClient, url: EngineUrl, log?: Log) {
    this.#client = client;
    this.#url = url;
    this.#health = new EngineHealth("queue", url.shown, log);
  }

  /**
   * Tries once, and goes on trying in the background if nobody answers.
   *
   * @throws {ConfigError} if all hosts refuse us, so that waiting does not help
   */
  async open(): Promise<void> {
    let refusal: ConfigError | undefined;
    const first = this.#connect().catch((error: unknown) => {
      refusal = this.#notReached(error);
    });
    // Several silent hosts take longer than anybody wants to wait for an error.
    await atMost(openingMs, first);
    if (refusal !== undefined) throw refusal;
    const silence = this.#isLoginSent ? new UnansweredLoginError() : new Error("no answer");
    if (this.#connection === undefined) this.#lost(this.#trouble ?? silence);
    this.#running = first.then(() => this.#run());
  }

  /** @throws {QueueUnavailableError} while there is none */
  get connection(): NatsConnection {
    if (this.#connection !== undefined && this.#isUp) return this.#connection;
    throw new QueueUnavailableError(`NATS at ${this.#url.shown} is not reached.`, { cause: this.#trouble });
  }

  get isUp(): boolean {
    return this.#isUp;
  }

  /** How often another server was reached, or one that was started again: it may have other files. */
  get reached(): number {
    return this.#reached;
  }

  /** Called when the streams answer. A server that is there does not prove that: in a cluster, others may have them. */
  answers(): void {
    if (this.#isUp && this.#trouble === undefined) this.#health.works();
  }

  /** Called when a server is there but the streams do not answer. */
  streamsAreSilent(error: unknown): void {
    if (this.#isUp) this.#tell(error);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    this.#isUp = false;
    await this.#connection?.close();
    // The client tries one host after the other, and cannot be stopped.
    await atMost(closingMs, this.#running);
  }

  async #run(): Promise<void> {
    const { signal } = this.#closing;
    for (let waitMs = firstWaitMs; !signal.aborted; waitMs = Math.min(mostWaitMs, waitMs * 2)) {
      if (this.#connection !== undefined) {
        await this.#watch(this.#connection);
        waitMs = firstWaitMs;
      }
      await sleep(waitMs, signal);
      if (!signal.aborted) await this.#connect().catch((error: unknown) => this.#notReached(error));
    }
  }

  async #connect(): Promise<void> {
    const connection = await this.#reach();
    if (this.#closing.signal.aborted) return connection.close();
    this.#connection = connection;
    this.#back();
  }

  async #reach(): Promise<NatsConnection> {
    this.#isLoginSent = false;
    const options = connectionOptions(this.#client, this.#url, () => (this.#isLoginSent = true));
    let trials: Promise<readonly Trial[]> | undefined;
    const ask = (): Promise<readonly Trial[]> => (trials ??= trialsOf(this.#url));
    // If several hosts refuse us, the client takes long to tell.
    const timer = setTimeout(() => void ask().then((all) => this.#hear(all)), tryingMs);
    try {
      return await connectOnce(this.#client, options);
    } catch (error) {
      throw new AggregateError(await reasonsOf(error, this.#url, ask), "not reached", { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  /** @returns the refusal, if waiting does not help */
  #notReached(error: unknown): ConfigError | undefined {
    const reasons: readonly unknown[] = error instanceof AggregateError ? error.errors : [error];
    this.#lost(mostTelling(reasons, this.#url));
    return refusalByAll(reasons, this.#url);
  }

  /** Resolves when the client has given the connection up; it mends most breaks by itself. */
  async #watch(connection: NatsConnection): Promise<void> {
    let isStuck = false;
    for await (const status of connection.status()) {
      if (status.type === "staleConnection") {
        isStuck = true;
        // The client first writes what is left to write, which takes minutes if that is much and the network is cut.
        void sleep(givingUpMs, this.#closing.signal).then(() => (isStuck ? connection.close() : undefined));
      }
      if (status.type === "disconnect") {
        isStuck = false;
        this.#lost(this.#trouble ?? new Error("the connection broke"));
        void this.#findOut();
      }
      if (status.type === "error") this.#hearError(status.error);
      if (status.type === "reconnect") this.#back();
    }
    this.#lost(await connection.closed());
    this.#connection = undefined;
  }

  #hearError(error: Error): void {
    // The client goes on trying, and reports each refusal.
    if (!this.#isUp) return this.#lost(error);
    // Whoever asked for what is forbidden hears of it; of other errors the client tells only here.
    if (!isNamed(error, "ProtocolError")) return;
    this.#trouble = refusalOf(error, this.#url);
    if (this.#trouble !== undefined) this.#tell(this.#trouble);
  }

  /** Asks why a server is away, until it is back: the client tells no more than that it is. */
  async #askWhy(): Promise<void> {
    const { signal } = this.#closing;
    for (let waitMs = silenceMs; !this.#isUp && !signal.aborted; waitMs = mostWaitMs) {
      await sleep(waitMs, signal);
      if (!this.#isUp && !signal.aborted) this.#hear(await trialsOf(this.#url));
    }
  }

  /** What the servers say to somebody who asks why they are away. */
  #hear(trials: readonly Trial[]): void {
    const reason = saidBy(trials);
    if (reason !== undefined && !this.#isUp) this.#lost(reason);
  }

  #back(): void {
    this.#isUp = true;
    const server = this.#connection?.info?.server_id;
    if (server === undefined || server !== this.#server) this.#reached += 1;
    this.#server = server;
    this.#trouble = undefined;
  }

  #lost(error: unknown): void {
    this.#isUp = false;
    this.#trouble = error;
    if (!this.#closing.signal.aborted) this.#tell(error);
  }

  #tell(error: unknown): void {
    this.#health.lost(refusalOf(error, this.#url) ?? error);
  }
}
