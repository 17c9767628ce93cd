import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { type Log, silentLog } from "../../../../log.ts";
import { AttemptBook } from "../attempts/book.ts";
import type { NatsClient } from "../connection/client.ts";
import { isGone } from "../errors.ts";
import { assertMade } from "./look.ts";
import type { NatsLink } from "../connection/link.ts";
import { attemptsOf, type NatsPlan } from "./streams.ts";
import type { NatsShard } from "./shard.ts";
import { type Begun, declare, takeOver } from "./topology.ts";

/** What is needed to work: a connection, and the streams and consumers that are there. */
export interface Session {
  /** The name of the stream of the events. */
  readonly stream: string;
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  readonly book: AttemptBook;
  /** By their numbers; other objects each time that a server is reached. */
  readonly shards: NatsShard[];
}

/** How long a request to JetStream's API may take, in ms. */
const apiMs = 3_000;

/** Declares the topology once, and again when some of it is found to be gone. */
export class NatsSessions {
  readonly #client: NatsClient;
  readonly #link: NatsLink;
  readonly #plan: NatsPlan;
  readonly #log: Log;
  /** Of the stream that we used last. */
  #incarnation: string | undefined;
  readonly #begun: Begun = new Map();
  #session: Promise<Session> | undefined;
  #connection: NatsConnection | undefined;
  /** How often a server had been reached when the shards were made what they are. */
  #times = 0;

  constructor(client: NatsClient, link: NatsLink, plan: NatsPlan, log: Log = silentLog) {
    this.#client = client;
    this.#link = link;
    this.#plan = plan;
    this.#log = log;
  }

  /** @throws {QueueUnavailableError} while the server is away */
  async get(): Promise<Session> {
    const { connection, times } = this.#link;
    if (this.#session === undefined || this.#connection !== connection) {
      this.#connection = connection;
      const session = this.#begin(connection);
      this.#session = session;
      session.catch(() => this.#drop(session));
    }
    const session = await this.#session;
    // A call that began before the server was reached again may end last.
    if (times <= this.#times) return session;
    this.#times = times;
    renew(session.shards);
    return session;
  }

  /** Acts; once more if something of the topology is gone, since that is then made anew. */
  async use<T>(act: (session: Session) => Promise<T>): Promise<T> {
    try {
      return await act(await this.get());
    } catch (error) {
      if (!isGone(error)) throw error;
      this.forget();
      return act(await this.get());
    }
  }

  /**
   * Acts every `ms`, but never twice at once. Nothing is done while the server is away; what fails is done the next
   * time.
   *
   * @param failed told why an action failed
   */
  every(
    ms: number,
    act: (session: Session) => Promise<void>,
    failed: (error: unknown) => void = () => undefined,
  ): NodeJS.Timeout {
    let isBusy = false;
    const beat = async (): Promise<void> => {
      if (isBusy) return;
      isBusy = true;
      await this.use(act).catch(failed);
      isBusy = false;
    };
    return setInterval(() => void beat(), ms);
  }

  /** Called when something of the topology is gone; the next call declares it again. */
  forget(): void {
    this.#session = undefined;
  }

  /** Takes a shard from its last owner, or from ourselves. @returns true if what that owner had is handed out again */
  async takeOver(index: number): Promise<boolean> {
    const { manager, shards } = await this.get();
    const shard = shards[index];
    if (shard === undefined) return false;
    const taken = await takeOver(manager, this.#plan, shard, this.#begun);
    shards[index] = taken;
    return taken.consumer !== shard.consumer;
  }

  async #begin(connection: NatsConnection): Promise<Session> {
    const manager = await this.#client.jetstreamManager(connection, { checkAPI: false, timeout: apiMs });
    if (this.#plan.isLook) await assertMade(connection, manager, this.#plan);
    const shards = await declare(manager, this.#plan);
    this.#tellOfLoss(shards[0]?.incarnation);
    const { name: stream } = this.#plan;
    return { stream, connection, manager, shards, book: new AttemptBook(manager, attemptsOf(stream)) };
  }

  /** A stream that was deleted, or whose disk was lost, is there again without what waited in it. */
  #tellOfLoss(incarnation: string | undefined): void {
    const isOther = this.#incarnation !== undefined && this.#incarnation !== incarnation;
    this.#incarnation = incarnation;
    if (!isOther) return;
    const { name, shown } = this.#plan;
    const error =
      "The stream was deleted, its disk was lost, or the server has another store_dir: what waited in it is gone. It is created again.";
    this.#log.error("queue.stream_lost", { engine: shown, stream: name, error });
  }

  #drop(session: Promise<Session>): void {
    if (this.#session === session) this.#session = undefined;
  }
}

/** The same shards, but other objects: whatever was handed out of the old ones counts as handed out earlier. */
function renew(shards: NatsShard[]): void {
  for (const [index, shard] of shards.entries()) shards[index] = { ...shard };
}
