import type { Channel, Connection } from "rabbitmq-client";
import { doAll } from "../../../../lib/async/do-all.ts";
import { pauseMs } from "../../../../lib/async/pause.ts";
import { sleep } from "../../../../lib/async/sleep.ts";
import { atMost } from "../../../../lib/async/within.ts";
import { unavailable } from "../errors.ts";

/** Says that what was built is of no use any more, and must be built again. */
export type Broken = (error: unknown) => void;

/**
 * Opens a channel. If the server ends it, or cancels a consumer on it, `ended` is told; without it all is built anew.
 */
export type OpenChannel = (ended?: Broken) => Promise<Channel>;

/** What a connection has to call. */
export interface Told {
  /** It is there, and ready. */
  readonly up: () => void;
  /** It is lost, or could not be had. */
  readonly down: (error: unknown) => void;
}

interface SessionOptions<T> extends Told {
  /** Opens what is needed over the connection, now or later; what it opens is closed when the connection is lost. */
  readonly build: (open: OpenChannel, broken: Broken) => Promise<T>;
}

/** How long a server may take to hear that we leave, in ms. */
const goodbyeMs = 2_000;
/** When a server ends a consumer it gives no reason. */
const cancelled = "a queue was deleted, or an event took longer than consumer_timeout (from RabbitMQ 4.3 on)";

/**
 * What one connection is used for: channels with their declarations and consumers. The client connects again by itself;
 * this builds all of it again, even if only a channel was lost.
 */
export class AmqpSession<T> {
  readonly #connection: Connection;
  readonly #options: SessionOptions<T>;
  readonly #ended = new AbortController();
  #built: T | undefined;
  /** The number of the newest build; earlier ones no longer count. */
  #generation = 0;
  /** Opened by the newest build. */
  #channels: Channel[] = [];
  /** Failures since it was last built. */
  #failures = 0;
  #blocked: string | undefined;
  #why: unknown = new Error("it does not answer");

  constructor(connection: Connection, options: SessionOptions<T>) {
    this.#connection = connection;
    this.#options = options;
    connection.on("connection", () => {
      this.#blocked = undefined;
      this.#why = new Error("its queues are still being declared");
      void this.#build();
    });
    connection.on("error", (error: unknown) => this.#lose(error));
    connection.on("connection.blocked", (reason) => (this.#blocked = reason));
    connection.on("connection.unblocked", () => (this.#blocked = undefined));
  }

  /** @throws {QueueUnavailableError} if there is nothing to use now */
  get(what: string): T {
    if (this.#built === undefined) throw unavailable(what, this.#why);
    return this.#built;
  }

  /** True while it is connected but not ready yet. */
  get isBuilding(): boolean {
    return this.#connection.ready && this.#built === undefined;
  }

  /** Why the server takes no messages now, though it is there; undefined if it takes them. */
  get blocked(): string | undefined {
    return this.#blocked;
  }

  /** Lends a channel for a question whose refusal, which ends the channel, is in order. */
  async lend<R>(ask: (channel: Channel) => Promise<R>): Promise<R> {
    const channel = await this.#connection.acquire({ emitErrorsFromChannel: true });
    // The question fails with it.
    channel.on("error", () => undefined);
    try {
      return await ask(channel);
    } finally {
      await this.closeChannel(channel);
    }
  }

  /** Closes a channel of our own accord, so nothing counts as broken. */
  async closeChannel(channel: Channel): Promise<void> {
    this.#channels = this.#channels.filter((each) => each !== channel);
    // If the connection breaks meanwhile, the client may wait for an answer for good; but it tells that the channel is gone.
    const gone = new Promise<void>((resolve) => channel.once("close", () => resolve()));
    await Promise.race([channel.close(), gone]);
  }

  /**
   * Ends the connection, and whatever waits for it.
   *
   * @param last done when what was built is closed; it may still lend a channel
   */
  async close(last: () => Promise<void> = async () => undefined): Promise<void> {
    this.#ended.abort();
    this.#built = undefined;
    this.#generation += 1;
    const closed = Promise.all(this.#channels.splice(0).map((channel) => channel.close()));
    // A connection that is blocked or hangs cannot say goodbye.
    await atMost(
      goodbyeMs,
      closed.then(() => doAll([last, () => this.#connection.close()])),
    );
    this.#connection.unsafeDestroy();
  }

  async #build(): Promise<void> {
    if (this.#ended.signal.aborted) return;
    this.#generation += 1;
    const generation = this.#generation;
    const broken: Broken = (error) => {
      if (generation === this.#generation) void this.#again(error);
    };
    const open = async (ended: Broken = broken): Promise<Channel> => {
      if (generation !== this.#generation) throw new Error("the connection was lost meanwhile");
      const channel = await this.#openChannel(ended);
      if (generation !== this.#generation) void channel.close();
      else this.#channels.push(channel);
      return channel;
    };
    try {
      const built = await this.#options.build(open, broken);
      if (generation !== this.#generation) return;
      this.#built = built;
      this.#failures = 0;
      this.#options.up();
    } catch (error) {
      broken(error);
    }
  }

  #lose(error: unknown): void {
    this.#generation += 1;
    this.#built = undefined;
    // Otherwise what comes on one of them would be here twice.
    for (const channel of this.#channels.splice(0)) void channel.close();
    if (this.#ended.signal.aborted) return;
    this.#why = error;
    this.#options.down(error);
  }

  async #again(error: unknown): Promise<void> {
    this.#lose(error);
    const generation = this.#generation;
    this.#failures += 1;
    const pause = (): Promise<void> => sleep(pauseMs(this.#failures), this.#ended.signal);
    await pause();
    const isLatest = (): boolean => generation === this.#generation;
    // A blocked server would not open a channel, and nothing else starts a build when it has room again.
    while (isLatest() && this.#blocked !== undefined) await pause();
    // If there is no connection now, the next one starts the build.
    if (isLatest() && this.#connection.ready) await this.#build();
  }

  /** A channel whose end is reported, unless we closed it. */
  async #openChannel(ended: Broken): Promise<Channel> {
    const channel = await this.#connection.acquire({ emitErrorsFromChannel: true });
    const closed = (): void => {
      if (this.#channels.includes(channel)) ended(new Error("the server closed a channel"));
    };
    channel.on("error", ended);
    // One turn later, so that the call that the end interrupted can first tell the reason.
    channel.on("close", () => setImmediate(closed));
    channel.on("basic.cancel", () => ended(new Error(cancelled)));
    return channel;
  }
}
