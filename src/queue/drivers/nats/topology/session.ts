import type { JetStreamManager } from "@nats-io/jetstream";
import type { NatsConnection } from "@nats-io/transport-node";
import { shared } from "../../../../lib/async/shared.ts";
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
  /** How the subjects of JetStream's API begin. */
  readonly api: string;
  readonly connection: NatsConnection;
  readonly manager: JetStreamManager;
  /** The same for what may take long, such as a large message over a slow line. */
  readonly patient: JetStreamManager;
  readonly book: AttemptBook;
  /** By their numbers. */
  readonly shards: NatsShard[];
  /** See `NatsLink`. What was handed out earlier may not be there any more, and something else in its place. */
  readonly reached: number;
}

/** How long a request to JetStream's API may take, in ms. */
const apiMs = 3_000;
/** And one for a message of any size, in ms. */
const patientMs = 30_000;

const apiOf = (domain: string | undefined): string =>
  domain === undefined ? "$JS.API" : `$JS.${domain}.API`;

/** Declares the topology once, and again when some of it is found to be gone. */
export class NatsSessions {
  readonly #client: NatsClient;
  readonly #link: NatsLink;
  readonly #plan: NatsPlan;
  readonly #log: Log;
  /** Of the stream that we used last. */
  #incarnation: string | undefined;
  readonly #begun: Begun = new Map();
  #session: Promise<Omit<Session, "reached">> | undefined;
  #connection: NatsConnection | undefined;

  constructor(client: NatsClient, link: NatsLink, plan: NatsPlan, log: Log = silentLog) {
    this.#client = client;
    this.#link = link;
    this.#plan = plan;
    this.#log = log;
  }

  /** @throws {QueueUnavailableError} while the server is away */
  async get(): Promise<Session> {
    const { connection } = this.#link;
    if (this.#session === undefined || this.#connection !== connection) {
      this.#connection = connection;
      const session = this.#begin(connection);
      this.#session = session;
      session.catch(() => {
        if (this.#session === session) this.forget();
      });
    }
    const session = await this.#session;
    return { ...session, reached: this.#link.reached };
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
    const beat = shared(() => this.use(act).catch(failed));
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

  async #begin(connection: NatsConnection): Promise<Omit<Session, "reached">> {
    const api = apiOf(this.#plan.domain);
    const managerWith = (timeout: number): Promise<JetStreamManager> =>
      this.#client.jetstreamManager(connection, { checkAPI: false, timeout, apiPrefix: api });
    const [manager, patient] = await Promise.all([managerWith(apiMs), managerWith(patientMs)]);
    if (this.#plan.isLook) await assertMade(connection, manager, this.#plan);
    const shards = await declare(manager, this.#plan);
    this.#tellOfLoss(shards[0]?.incarnation);
    const { name: stream } = this.#plan;
    const book = new AttemptBook(manager, attemptsOf(stream));
    return { stream, api, connection, manager, patient, shards, book };
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
}
