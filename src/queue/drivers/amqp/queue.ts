import type { Connection } from "rabbitmq-client";
import type { Message } from "../../../event/message.ts";
import type { EngineReport } from "../../../lib/engines/engine-report.ts";
import { opened } from "../../../lib/engines/opened.ts";
import { loadAmqp } from "../../../lib/peers/peers.ts";
import { within } from "../../../lib/async/within.ts";
import {
  type Delivery,
  type QueueDepth,
  type QueueDriver,
  type QueueDriverOptions,
  type RetryOptions,
  sharedShards,
  type WorkersHistory,
} from "../../driver.ts";
import { AmqpCounts } from "./depth/counts.ts";
import { AmqpDepth } from "./depth/depth.ts";
import { guardedConnection } from "./connection/guarded-connection.ts";
import type { Held } from "./take/held.ts";
import { AmqpLook } from "./topology/look.ts";
import { envelopeAgain } from "./message.ts";
import { AmqpNames } from "./topology/names.ts";
import { refuseStrangers } from "./connection/greeting.ts";
import { amqpTarget, type AmqpTarget } from "./connection/url.ts";
import { answerOf } from "./patience.ts";
import type { ReceiveLink } from "./take/consumers.ts";
import { AmqpReceiver } from "./take/receiver.ts";
import { amqpReport } from "./report.ts";
import { AmqpReservation } from "./reservation.ts";
import { AmqpSender, openSendLink, type SendLink } from "./send/sender.ts";
import { AmqpSession } from "./connection/session.ts";
import { AmqpStatus } from "./connection/status.ts";

/** How long closing waits for what is being sent, in ms. */
const goodbyeMs = 1_000;

/**
 * A queue on RabbitMQ 4: one quorum queue for each shard, behind an exchange that others may listen to. A server that
 * does not answer is no error; the calls reject until it does.
 *
 * @throws {NotMadeError} if it is only looked at, and there is none
 * @throws {ConfigError} if the URL is wrong, or the server refuses what it says
 */
export async function openAmqpQueue(url: string, options: QueueDriverOptions): Promise<QueueDriver> {
  const target = amqpTarget(url);
  const Guarded = guardedConnection((await loadAmqp()).Connection);
  // The names are for people who look at the server.
  const connect = (what: string): Connection =>
    new Guarded({ ...target.connection, connectionName: `hookwell ${what}` });
  await refuseStrangers(target.url);
  return opened(new AmqpQueue(connect, target, options));
}

class AmqpQueue implements QueueDriver {
  readonly shards = sharedShards;
  readonly #status: AmqpStatus;
  readonly #target: AmqpTarget;
  readonly #names: AmqpNames;
  readonly #look: AmqpLook | undefined;
  /** A connection of its own: a server that is short of room holds up everything on a connection that publishes. */
  readonly #sending: AmqpSession<SendLink>;
  readonly #receiving: AmqpSession<ReceiveLink>;
  readonly #sender: AmqpSender;
  readonly #receiver: AmqpReceiver;
  readonly #depth: AmqpDepth;
  readonly #reservation: AmqpReservation;
  #closed: Promise<void> | undefined;

  constructor(
    connect: (what: string) => Connection,
    target: AmqpTarget,
    { log, leaseMs, isLook = false }: QueueDriverOptions,
  ) {
    this.#target = target;
    const names = new AmqpNames(target.name);
    this.#names = names;
    this.#look = isLook ? new AmqpLook(target, names) : undefined;
    const topology = { names, look: this.#look };
    const status = new AmqpStatus(target, log);
    this.#status = status;
    const counts = new AmqpCounts(names, () => this.#receiver.held.count);
    this.#sending = new AmqpSession<SendLink>(connect("sends"), {
      ...status.of("send"),
      build: async (open, broken) => {
        const link = await openSendLink(open, broken, topology);
        await counts.join(await open());
        return link;
      },
    });
    this.#receiving = new AmqpSession<ReceiveLink>(connect("receives"), {
      ...status.of("receive"),
      build: (open, broken) => this.#receiver.link(open, broken),
    });
    this.#sender = new AmqpSender(this.#sending, names);
    this.#depth = new AmqpDepth(names, counts, () => this.#sender.noRoom !== undefined);
    this.#reservation = new AmqpReservation(this.#receiving, names, leaseMs);
    this.#receiver = new AmqpReceiver(this.#receiving, topology, target.prefetch, {
      taken: (shard, sentAt) => this.#depth.taken(names.shard(shard), sentAt),
      takenBack: (shard, why) => status.takenBack(shard, why),
    });
  }

  async open(): Promise<void> {
    await this.#status.opened(() => this.#sending.isBuilding || this.#receiving.isBuilding);
  }

  send(messages: readonly Message[]): Promise<void> {
    return this.#sender.send(messages);
  }

  own(shards: readonly number[]): Promise<void> {
    return this.#receiver.own(shards);
  }

  reserve(history: WorkersHistory): Promise<number> {
    return this.#reservation.take(history);
  }

  receive(max: number, signal: AbortSignal): Promise<readonly Delivery[]> {
    return this.#receiver.receive(max, signal);
  }

  async ack(deliveries: readonly Delivery[]): Promise<void> {
    this.#receiving.get("forget messages");
    this.#receiver.ack(deliveries.flatMap(({ receipt }) => this.#receiver.held.out(receipt) ?? []));
  }

  async retry({ receipt }: Delivery, { delayMs, attempt }: RetryOptions): Promise<void> {
    this.#receiving.get("take a message back");
    const held = this.#receiver.held.out(receipt);
    if (held === undefined) return;
    const isEarly = attempt === held.attempt;
    if (isEarly && this.#receiver.keepsEarly(held)) this.#receiver.held.putBack(held, delayMs);
    else await this.#publishAgain(held, delayMs, attempt);
  }

  /** RabbitMQ has no leases: a message comes back when the connection of its consumer ends. */
  async extend(_deliveries: readonly Delivery[]): Promise<void> {
    this.#receiving.get("extend leases");
  }

  async depth(): Promise<QueueDepth> {
    const { counting } = this.#receiving.get("count messages");
    return answerOf(this.#depth.count(counting), "count messages");
  }

  async report(): Promise<EngineReport> {
    // A server that is away cannot be asked; that is told by what it is asked next.
    await this.#sender.askForRoom().catch(() => undefined);
    const missing = this.#look?.missing ?? [];
    return amqpReport(this.#target, { missing, noRoom: this.#sender.noRoom?.message });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    // By then, messages that were stored again are acknowledged.
    await within(goodbyeMs, this.#receiver.close(this.#sender.idle()));
    // The queue is given up last, so that nothing is held here any more when another begins.
    await Promise.all([this.#sending.close(), this.#receiving.close(() => this.#reservation.leave())]);
  }

  /**
   * Stores it again first and acknowledges it then: a crash between the two doubles the message, but never loses it.
   */
  async #publishAgain(held: Held, delayMs: number, attempt: number): Promise<void> {
    const envelope = { ...envelopeAgain(held.came, attempt), ...this.#names.way(held.shard, delayMs) };
    await this.#sender.sendOne({ envelope, body: held.came.body }, () => this.#receiver.ack([held]));
  }
}
