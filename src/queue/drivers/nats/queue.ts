import { ClosedError } from "../../../errors.ts";
import type { Message } from "../../../event/message.ts";
import { valueOf } from "../../../lib/engines/engine-keys.ts";
import { type EngineUrl, queueUrlError } from "../../../lib/engines/engine-url.ts";
import type { EngineReport } from "../../../lib/engines/engine-report.ts";
import { UnderWay } from "../../../lib/async/under-way.ts";
import {
  type Delivery,
  type QueueDepth,
  type QueueDriver,
  type QueueDriverOptions,
  type RetryOptions,
  type SendOptions,
  sharedShards,
  type WorkersHistory,
} from "../../driver.ts";
import { loadNats, type NatsClient, readUrl } from "./connection/client.ts";
import { unavailable } from "./errors.ts";
import { type NatsCall, NatsHandedOut } from "./answer/handed-out.ts";
import { deliveryOf } from "./answer/held.ts";
import { NatsIntake } from "./take/intake.ts";
import { forgetfulness } from "./topology/forgetfulness.ts";
import { NatsGains } from "./take/gains.ts";
import { NatsLink } from "./connection/link.ts";
import { NatsReservation } from "./reservation.ts";
import { refusalOf } from "./connection/refusal.ts";
import { natsReport } from "./report.ts";
import { accountOf } from "./topology/room.ts";
import { NatsSender } from "./send/sender.ts";
import { NatsSessions, type Session } from "./topology/session.ts";
import { StaleNotes } from "./attempts/stale-notes.ts";
import { attemptsOf, serverNow } from "./topology/streams.ts";
import { answerOf } from "./patience.ts";

/** How often to look for what the server still has although it is done, in ms. */
const lookMs = 5_000;

/** How often to ask whether the streams are there, in ms. */
const pulseMs = 2_000;

/**
 * A JetStream stream of NATS: a message for each event, a consumer for each shard.
 *
 * @throws {NotMadeError} if it is only looked at, and there is none
 * @throws {ConfigError} if the URL is wrong, or the server refuses us
 */
export async function openNatsQueue(text: string, options: QueueDriverOptions): Promise<QueueDriver> {
  const client = await loadNats();
  const url = readUrl(client, text);
  const link = new NatsLink(client, url, options.log);
  await link.open();
  const queue = new NatsQueue(client, link, url, options);
  try {
    await answerOf(queue.declare(), 3_000);
  } catch (error) {
    const wrong = refusalOf(error, url);
    if (wrong === undefined || !link.isUp) return queue;
    await queue.close();
    throw wrong;
  }
  return queue;
}

class NatsQueue implements QueueDriver {
  readonly shards = sharedShards;
  readonly #link: NatsLink;
  readonly #sessions: NatsSessions;
  readonly #sender: NatsSender;
  readonly #reservation: NatsReservation;
  readonly #intake: NatsIntake;
  readonly #gains: NatsGains;
  readonly #handedOut: NatsHandedOut;
  readonly #ending = new AbortController();
  readonly #receiving = new UnderWay();
  readonly #timers: readonly NodeJS.Timeout[];
  #closed: Promise<void> | undefined;

  constructor(
    client: NatsClient,
    link: NatsLink,
    url: EngineUrl,
    { leaseMs, isLook = false, log }: QueueDriverOptions,
  ) {
    this.#link = link;
    const name = valueOf(url.keys, "name");
    const copies = url.keys.get("replicas");
    const replicas = copies === undefined ? undefined : Number(copies);
    const domain = url.keys.get("domain");
    const plan = { name, leaseMs, replicas, domain, isLook, shown: url.shown };
    this.#sessions = new NatsSessions(client, link, plan, log);
    this.#sender = new NatsSender(client, name);
    this.#reservation = new NatsReservation(attemptsOf(name), leaseMs);
    this.#intake = new NatsIntake(this.#sessions, client.createInbox());
    this.#gains = new NatsGains((shard) => this.#sessions.takeOver(shard));
    const call: NatsCall = (what, act) => this.#call(what, act);
    this.#handedOut = new NatsHandedOut(call, this.#intake);
    const isHeld = (receipt: string): boolean => this.#handedOut.has(receipt);
    const staleNotes = new StaleNotes();
    this.#timers = [
      this.#sessions.every(leaseMs / 3, (session) => this.#intake.keepLeases(session)),
      this.#sessions.every(lookMs, (session) => this.#intake.lookForLeftovers(session, isHeld)),
      this.#sessions.every(lookMs, (session) => staleNotes.forget(session)),
      this.#sessions.every(
        pulseMs,
        (session) => this.#feelPulse(session),
        (error) => link.streamsAreSilent(unavailable("be asked for its streams", error)),
      ),
    ];
  }

  /**
   * Declares everything, so that a refusal of the server is reported at the start.
   *
   * @throws {ConfigError} if its stream would lose events; if that is changed later, the report says so
   */
  async declare(): Promise<void> {
    const { manager, stream } = await this.#sessions.get();
    const forgets = forgetfulness(await manager.streams.info(stream));
    if (forgets !== undefined) throw queueUrlError(`names ${stream}, ${forgets}`);
  }

  async send(messages: readonly Message[], options?: SendOptions): Promise<void> {
    await this.#call("take messages", ({ connection }) => this.#sender.store(connection, messages, options));
  }

  async own(shards: readonly number[]): Promise<void> {
    const { owned } = this.#intake;
    // What is left is left at once, whether the server hears of it or not. A new shard is asked only after it was taken
    // over: its old consumer would hand out new messages before those that were under way.
    this.#intake.want(shards.filter((shard) => owned.includes(shard)));
    this.#gains.want(shards);
    await this.#call("give a share of the messages", async (session) => {
      await this.#intake.settle(session);
      await (shards.length === 0 ? this.#handedOut.giveUp(session) : this.#intake.giveUpForeign(session));
      await this.#gains.take();
    });
    // Whoever was closed meanwhile has given up everything.
    if (this.#closed === undefined) this.#intake.want([...shards]);
  }

  reserve(history: WorkersHistory): Promise<number> {
    return this.#call("be kept for one history", ({ manager }) => this.#reservation.take(manager, history));
  }

  async receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    if (signal.aborted) return [];
    return this.#receiving.add(this.#receive(max, AbortSignal.any([signal, this.#ending.signal])));
  }

  ack(deliveries: readonly Delivery[]): Promise<void> {
    return this.#handedOut.ack(deliveries);
  }

  retry(delivery: Delivery, options: RetryOptions): Promise<void> {
    return this.#handedOut.retry(delivery, options);
  }

  extend(deliveries: readonly Delivery[]): Promise<void> {
    return this.#handedOut.extend(deliveries);
  }

  depth(): Promise<QueueDepth> {
    return this.#call("count messages", async ({ manager, stream }) => {
      const info = await manager.streams.info(stream);
      const { messages, first_ts: oldest } = info.state;
      const oldestAgeMs = messages === 0 ? 0 : Math.max(0, serverNow(info) - Date.parse(oldest));
      return { messages, oldestAgeMs };
    });
  }

  report(): Promise<EngineReport> {
    return this.#call("tell what it is", async ({ connection, manager, stream }) => {
      const [info, account] = await Promise.all([manager.streams.info(stream), accountOf(manager)]);
      return natsReport({ server: connection.info, stream: info, account });
    });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    try {
      const all = await this.#intake.receive(max, signal);
      this.#handedOut.add(all);
      return all.map(deliveryOf);
    } catch (error) {
      if (this.#closed !== undefined) return [];
      throw unavailable("hand out messages", error);
    }
  }

  async #close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    this.#ending.abort();
    await this.#receiving.idle();
    await answerOf(this.#leave(), 3_000).catch(() => undefined);
    await this.#link.close();
  }

  async #feelPulse({ manager, stream }: Session): Promise<void> {
    await Promise.all([stream, attemptsOf(stream)].map((each) => manager.streams.info(each)));
    this.#link.answers();
  }

  async #leave(): Promise<void> {
    const session = await this.#sessions.get();
    this.#intake.want([]);
    await this.#intake.settle(session);
    await this.#handedOut.giveUp(session);
    await this.#reservation.leave(session.manager);
  }

  async #call<T>(what: string, act: (session: Session) => Promise<T>): Promise<T> {
    // What was gathered before it was closed must not go on while all is given back.
    if (this.#closed !== undefined) throw new ClosedError("queue");
    try {
      return await answerOf(this.#sessions.use(act));
    } catch (error) {
      throw unavailable(what, error);
    }
  }
}
