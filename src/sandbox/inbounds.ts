import type { components } from "../sender-api/management-api.ts";
import { freshUuid, type FreshWorld, writeEvent } from "./fresh-event.ts";
import type { SampleEvent } from "./samples.ts";

export type InboundMessage = components["schemas"]["InboundMessage"];
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
  receive(input: InboundMessageInput, by = "sandbox"): InboundMessage {
    const id = freshUuid(this.#world.random);
    const facts = { ...input, receivedOn: this.#today(), status: "received" as const };
    const message = this.#keep(id, facts, by);
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

  /** Notes a status; no event is known for it. False if there is no such message. */
  setStatus(id: string, status: "delivered" | "read"): boolean {
    const message = this.#all.get(id);
    if (message === undefined) return false;
    this.#all.set(id, { ...message, status, _updatedOn: this.#today() });
    return true;
  }

  clear(): void {
    this.#all.clear();
  }

  /** Puts back what a state file kept. */
  restore(kept: readonly InboundMessage[]): void {
    for (const message of kept) this.#all.set(message.messageId ?? "", message);
  }

  #keep(id: string, facts: InboundMessage, by = "sandbox"): InboundMessage {
    const on = this.#today();
    const audit = { _createdOn: on, _createdBy: by, _updatedOn: on, _updatedBy: by };
    const message: InboundMessage = { ...facts, messageId: id, ...audit };
    this.#all.set(id, message);
    return message;
  }

  #today(): string {
    return new Date(this.#world.now()).toISOString();
  }
}
