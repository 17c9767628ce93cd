import type { components } from "../sender-api/management-api.ts";
import { auditOf } from "./audit.ts";
import { isoNow } from "./clock.ts";
import { freshUuid, type FreshWorld, writeEvent } from "./fresh-event.ts";
import type { SampleEvent } from "./samples.ts";

/** A message from a person, as the sender's API answers it. */
export type InboundMessage = components["schemas"]["InboundMessage"];
/** A message from a person, as the sender's API takes it. */
export type InboundMessageInput = Omit<InboundMessage, "messageId" | "receivedOn" | "status">;

/** Messages that people sent to the account. */
export class Inbounds {
  readonly #world: FreshWorld;
  readonly #publish: (event: SampleEvent) => void;
  readonly #all = new Map<string, InboundMessage>();

  constructor(world: FreshWorld, publish: (event: SampleEvent) => void) {
    this.#world = world;
    this.#publish = publish;
  }

  all(): readonly InboundMessage[] {
    return [...this.#all.values()];
  }

  /** Takes a message and raises `message.inbound`. That the event mirrors the REST body is inferred. */
  receive(input: InboundMessageInput): InboundMessage {
    const id = freshUuid(this.#world.random);
    const facts = { ...input, receivedOn: isoNow(this.#world), status: "received" as const };
    const message = this.#keep(id, facts);
    this.#publish(
      writeEvent({ name: "message.inbound", payload: { id, ...facts }, revision: 0 }, this.#world),
    );
    return message;
  }

  /** Keeps the message that an event tells of, whoever made the event. */
  record({ name, payload }: SampleEvent): void {
    if (name !== "message.inbound" || payload === undefined) return;
    const { id, ...facts } = payload;
    if (typeof id === "string" && !this.#all.has(id)) this.#keep(id, facts as unknown as InboundMessage);
  }

  /** Notes a status; no event is known for it. Undefined if there is no such message. */
  setStatus(id: string, status: "delivered" | "read"): InboundMessage | undefined {
    const old = this.#all.get(id);
    if (old === undefined) return undefined;
    const message = { ...old, status, _updatedOn: isoNow(this.#world) };
    this.#all.set(id, message);
    return message;
  }

  clear(): void {
    this.#all.clear();
  }

  /** Puts back what a state file kept. */
  restore(kept: readonly InboundMessage[]): void {
    for (const message of kept) this.#all.set(message.messageId ?? "", message);
  }

  #keep(id: string, facts: InboundMessage): InboundMessage {
    const message: InboundMessage = { ...facts, messageId: id, ...auditOf(isoNow(this.#world)) };
    this.#all.set(id, message);
    return message;
  }
}
