import type { FreshWorld } from "../sandbox/fresh-event.ts";
import {
  after,
  messageEvent,
  newMessage,
  type MessageEventName,
  type MessageOptions,
  type MessageState,
} from "../sandbox/lives/message.ts";
import { override } from "../sandbox/lives/override.ts";
import type { SampleEvent } from "../sandbox/samples.ts";
import type { EventOverrides } from "./an-event.ts";
import { worldOf, type EventWorld } from "./event-world.ts";
import { LifeEvents } from "./life-events.ts";

/**
 * A message and what becomes of it. By default it is an SMS to somebody new.
 *
 * @example
 * ```ts
 * const life = aMessage({ channel: "whatsApp", metadata: { orderId: "SO-1" } }).sent().delivered().read();
 * const [sent, delivered, read] = life.events; // revisions 2, 3 and 4
 * ```
 */
export function aMessage(options: MessageOptions & EventWorld = {}): MessageEvents {
  const world = worldOf(options);
  return new MessageEvents(newMessage(options, world), [], world);
}

/** The events of one message. Each step takes what is to be different in its event. */
export class MessageEvents extends LifeEvents {
  readonly #message: MessageState;

  constructor(message: MessageState, events: readonly SampleEvent[], world: FreshWorld) {
    super(events, world);
    this.#message = message;
  }

  /** Id of the message. */
  get id(): string {
    return this.#message.id;
  }

  /** `message.sentRequest`: the channel took the request. */
  sentRequest(overrides?: EventOverrides<"message.sentRequest">): MessageEvents {
    return this.#next("message.sentRequest", overrides);
  }

  /** `message.sent`, revision 2. */
  sent(overrides?: EventOverrides<"message.sent">): MessageEvents {
    return this.#next("message.sent", overrides);
  }

  /** `message.delivered` */
  delivered(overrides?: EventOverrides<"message.delivered">): MessageEvents {
    return this.#next("message.delivered", overrides);
  }

  /** `message.read` */
  read(overrides?: EventOverrides<"message.read">): MessageEvents {
    return this.#next("message.read", overrides);
  }

  /** `message.expired` */
  expired(overrides?: EventOverrides<"message.expired">): MessageEvents {
    return this.#next("message.expired", overrides);
  }

  /** `message.failed` */
  failed(overrides?: EventOverrides<"message.failed">): MessageEvents {
    return this.#next("message.failed", overrides);
  }

  /** `interaction.click`: somebody followed a link in it. */
  clicked(overrides?: EventOverrides<"interaction.click">): MessageEvents {
    return this.#next("interaction.click", overrides);
  }

  /** `complaint.received`: somebody complained about it. */
  complained(overrides?: EventOverrides<"complaint.received">): MessageEvents {
    return this.#next("complaint.received", overrides);
  }

  /** `message.inbound`: the person that it went to answers. The answer has an id of its own. */
  answered(overrides?: EventOverrides<"message.inbound">): MessageEvents {
    return this.#next("message.inbound", overrides);
  }

  #next(name: MessageEventName, overrides: EventOverrides = {}): MessageEvents {
    const event = override(messageEvent(name, this.#message, this.nextWorld()), overrides);
    return new MessageEvents(after(this.#message, event), [...this.events, event], this.world);
  }
}
