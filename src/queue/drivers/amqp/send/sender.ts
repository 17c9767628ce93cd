import { setImmediate as nextTurn } from "node:timers/promises";
import type { Channel } from "rabbitmq-client";
import { QueueUnavailableError } from "../../../../errors.ts";
import type { Message } from "../../../../event/message.ts";
import { failedOf } from "../../../../lib/async/settled.ts";
import { UnderWay } from "../../../../lib/async/under-way.ts";
import { atMost } from "../../../../lib/async/within.ts";
import { bytesOf, type Published, publishedOf } from "../message.ts";
import type { AmqpNames } from "../topology/names.ts";
import { mostBytesOf, noRoomError, refusedOf, tooLargeOf } from "./outcome.ts";
import { unavailable } from "../errors.ts";
import { answerOf } from "../patience.ts";
import { declare, type Topology } from "../topology/declare.ts";
import type { AmqpSession, Broken, OpenChannel } from "../connection/session.ts";

const what = "take messages";
/** How long a server may take to say whether it has room, in ms. */
const askingMs = 1_000;
/** How long the server is believed about how large a message may be, in ms. */
const believedMs = 60_000;

/** A channel on which the server confirms what it has stored. */
export interface SendLink {
  readonly channel: Channel;
  /** How many messages came back since no queue wanted them. */
  returned: number;
  /** Sends whose confirmation is overdue; while there is one, more would only pile up. */
  readonly overdue: UnderWay;
}

export async function openSendLink(open: OpenChannel, broken: Broken, topology: Topology): Promise<SendLink> {
  await declare(open, topology);
  const channel = await open();
  const link: SendLink = { channel, returned: 0, overdue: new UnderWay() };
  channel.on("basic.return", () => {
    link.returned += 1;
    broken(new Error("a queue is missing"));
  });
  await channel.confirmSelect();
  return link;
}

/** Publishes, and waits until the server has stored everything in a queue. */
export class AmqpSender {
  readonly #session: AmqpSession<SendLink>;
  readonly #names: AmqpNames;
  readonly #underWay = new UnderWay();
  /** Known once the server has refused a message for its size, and believed for a while only: somebody may raise it. */
  #mostBytes = Infinity;
  #mostBytesUntil = -Infinity;

  constructor(session: AmqpSession<SendLink>, names: AmqpNames) {
    this.#session = session;
    this.#names = names;
  }

  async send(messages: readonly Message[]): Promise<void> {
    const link = this.#link();
    const sentAt = Date.now();
    await this.#publish(
      link,
      messages.map((message) => publishedOf(message, this.#names.entry, sentAt)),
    );
  }

  /** @param stored called when it is, even if too late for this call: if it were sent again, it would be there twice */
  async sendOne(message: Published, stored: () => void): Promise<void> {
    await this.#publish(this.#link(), [message], stored);
  }

  async #publish(link: SendLink, all: readonly Published[], stored?: () => void): Promise<void> {
    const sizes = all.map((each) => bytesOf(each));
    // A message that is too large would end the channel, and nobody would know which of the others are stored.
    this.#refuseTooLarge(sizes);
    try {
      await this.#stored(
        link,
        all.map(({ envelope, body }) => link.channel.basicPublish(envelope, body)),
        stored,
      );
    } catch (error) {
      const mostBytes = mostBytesOf(error);
      if (mostBytes !== undefined) {
        this.#mostBytes = mostBytes;
        this.#mostBytesUntil = performance.now() + believedMs;
      }
      this.#refuseTooLarge(sizes);
      throw error;
    }
  }

  #refuseTooLarge(sizes: readonly number[]): void {
    const isBelieved = performance.now() < this.#mostBytesUntil;
    const tooLarge = isBelieved ? tooLargeOf(sizes, this.#mostBytes) : undefined;
    if (tooLarge !== undefined) throw tooLarge;
  }

  /** Resolves when nothing is under way any more. */
  async idle(): Promise<void> {
    await this.#underWay.idle();
    await nextTurn();
  }

  /** Why nothing can be sent now; undefined if it can, or if nobody has tried since the server has no room. */
  get noRoom(): QueueUnavailableError | undefined {
    const { blocked } = this.#session;
    return blocked === undefined ? undefined : noRoomError(blocked);
  }

  /** Makes `noRoom` true: the server tells only those that send something. What is sent here reaches nobody. */
  async askForRoom(): Promise<void> {
    const { channel } = this.#session.get(what);
    // It would only pile up until the alarm is over; that the alarm is over, the server tells by itself.
    if (this.noRoom !== undefined) return;
    const nothing = channel.basicPublish({ exchange: this.#names.counts, routingKey: "nobody" }, "");
    await atMost(askingMs, nothing);
  }

  #link(): SendLink {
    const link = this.#session.get(what);
    const { noRoom } = this;
    if (noRoom !== undefined) throw noRoom;
    if (link.overdue.count > 0) {
      throw new QueueUnavailableError("RabbitMQ has not confirmed earlier messages yet.");
    }
    return link;
  }

  async #stored(link: SendLink, published: readonly Promise<void>[], told?: () => void): Promise<void> {
    const stored = this.#underWay.add(this.#confirmed(link, published).then(told));
    await answerOf(stored, what, () => {
      link.overdue.add(stored).catch(() => undefined);
      return this.noRoom;
    });
  }

  /** Resolves when all are stored, however long that takes. */
  async #confirmed(link: SendLink, published: readonly Promise<void>[]): Promise<void> {
    const before = link.returned;
    const outcomes = await Promise.allSettled(published);
    // A message that no queue wants is confirmed too; that it came back is known one turn later.
    await nextTurn();
    if (link.returned > before) {
      throw new QueueUnavailableError("RabbitMQ had no queue for a message; it will be declared again.");
    }
    // Only after that check, since the error for a refusal says that all others are stored.
    const [failed] = failedOf(outcomes);
    if (failed === undefined) return;
    throw refusedOf(outcomes, this.#names.exchange) ?? unavailable(what, failed.reason);
  }
}
