import { eventStatuses } from "../event/synthetic.ts";
import type { components } from "../sender-api/management-api.ts";
import type { Agenda } from "./agenda.ts";
import { auditOf } from "./audit.ts";
import type { Cancel } from "./clock.ts";
import type { FreshWorld } from "./fresh-event.ts";
import type { PlannedStep } from "./lives/life.ts";
import type { LifeScript } from "./lives/message-script.ts";
import {
  after,
  messageEvent,
  type MessageEventName,
  type MessageOptions,
  messagePlan,
  type MessageReport,
  type MessageState,
  newMessage,
} from "./lives/message.ts";
import type { SampleEvent } from "./samples.ts";
import { channelOf } from "./subscriptions.ts";

/** A message as the sender's API answers it. */
export type Message = components["schemas"]["Message"];
/** A message as the sender's API takes it. */
export type MessageInput = components["schemas"]["MessageInput"];
/** What a channel reports of a message, as the sender's API takes it. */
export type MessageStatusBody = components["schemas"]["MessageStatus"];

/** What the sandbox knows of an outbound message. */
export interface MessageRecord {
  readonly message: Message;
  readonly state: MessageState;
  /** When each status was reached, in ms since 1970; `processing` is when it was given to the sender. */
  readonly times: Readonly<Record<string, number>>;
  /** What is still to come; ms count from `times.processing`. */
  readonly plan: readonly PlannedStep<MessageEventName>[];
}

/** What became of a request that a message may refuse. */
export type Done = "done" | "unknown" | "conflict";

/** Statuses that have an event. `filtered` has none that is known. */
const withEvent: ReadonlySet<string> = new Set(eventStatuses);

export interface MessagesParts {
  readonly world: FreshWorld;
  readonly agenda: Agenda;
  readonly script: LifeScript;
  /** Gets each event; it is expected to come back to `record`. */
  readonly publish: (event: SampleEvent) => void;
  readonly changed: () => void;
}

/** The outbound messages: they live by their plans, unless a report takes over. */
export class Messages {
  readonly #parts: MessagesParts;
  readonly #records = new Map<string, MessageRecord>();
  readonly #next = new Map<string, Cancel>();

  constructor(parts: MessagesParts) {
    this.#parts = parts;
  }

  get(id: string): MessageRecord | undefined {
    return this.#records.get(id);
  }

  all(): readonly MessageRecord[] {
    return [...this.#records.values()];
  }

  /** Takes a message as the API does, and starts its life on the first channel of its rules. */
  send(input: MessageInput): Message {
    const { rules, to, body, metadata, conversationId } = input;
    const state = newMessage(
      {
        channel: rules[0] ?? "sms",
        to,
        ...(body !== undefined && { text: body }),
        metadata: metadata ?? {},
        ...(conversationId !== undefined && { conversationId }),
      },
      this.#parts.world,
    );
    const plan = messagePlan(state, this.#parts.world.random, this.#parts.script);
    return this.#open(state, input, plan).message;
  }

  /** Starts the life of a message to somebody new. */
  live({
    script = this.#parts.script,
    ...options
  }: MessageOptions & { readonly script?: LifeScript }): Message {
    const state = newMessage(options, this.#parts.world);
    const { channel, to, text, metadata } = state;
    const input = { rules: [channel], to: to as MessageInput["to"], body: text, metadata };
    const plan = messagePlan(state, this.#parts.world.random, script);
    return this.#open(state, input, plan).message;
  }

  /**
   * A channel's report of a status, as the API takes it. It ends the planned life: from now on the caller decides. False
   * if there is no such message.
   */
  report(id: string, status: string, body: MessageStatusBody): boolean {
    const record = this.#records.get(id);
    if (record === undefined) return false;
    this.#stop(id);
    const at = body.timestamp === undefined ? this.#parts.world.now() : Date.parse(body.timestamp);
    const state = { ...record.state, channel: body.channel };
    this.#records.set(id, { ...record, state, plan: [] });
    if (!withEvent.has(status)) {
      this.#setStatus(id, status, at);
      return true;
    }
    const { channelStatus, failureReason } = body;
    const report: MessageReport = {
      ...(channelStatus !== undefined && { channelStatus }),
      ...(failureReason !== undefined && { failureReason }),
    };
    const name = `message.${status}` as MessageEventName;
    this.#parts.publish(messageEvent(name, state, { ...this.#parts.world, now: () => at }, report));
    return true;
  }

  /** Notes the status that an event tells, whoever made the event. One that is older than another changes nothing. */
  record(event: SampleEvent): void {
    const [family, status = ""] = event.name.split(".");
    const id = event.payload?.["id"];
    if (family !== "message" || typeof id !== "string" || !withEvent.has(status)) return;
    const { revision = 0 } = event;
    const known = this.#records.get(id);
    if (known !== undefined && revision <= known.state.revision) return;
    const channel = channelOf(event.payload) ?? "sms";
    const record =
      known ?? this.#open(newMessage({ id, channel }, this.#parts.world), { rules: [channel], to: {} });
    this.#records.set(id, { ...record, state: after(record.state, event) });
    this.#setStatus(id, status, Date.parse(event.timestamp));
  }

  /** Takes out what the message says. `conflict` while the channel still has it to send (a guess). */
  redact(id: string): Done {
    const record = this.#records.get(id);
    if (record === undefined) return "unknown";
    if (record.message.status === "processing") return "conflict";
    const { body: _body, title: _title, customBody: _custom, messageParts: _parts, ...rest } = record.message;
    this.#records.set(id, { ...record, state: { ...record.state, text: "" }, message: rest });
    this.#parts.changed();
    return "done";
  }

  /** `conflict` while the channel still has it to send (a guess). */
  remove(id: string): Done {
    const record = this.#records.get(id);
    if (record === undefined) return "unknown";
    if (record.message.status === "processing") return "conflict";
    this.#stop(id);
    this.#records.delete(id);
    this.#parts.changed();
    return "done";
  }

  clear(): void {
    for (const id of this.#next.keys()) this.#stop(id);
    this.#records.clear();
  }

  /** Puts back what a state file kept, and lets lives go on. */
  restore(kept: readonly MessageRecord[]): void {
    for (const record of kept) {
      this.#records.set(record.state.id, record);
      this.#planNext(record);
    }
  }

  #open(state: MessageState, input: MessageInput, plan: MessageRecord["plan"] = []): MessageRecord {
    const now = this.#parts.world.now();
    const on = new Date(now).toISOString();
    const message: Message = {
      ...input,
      messageId: state.id,
      status: "processing",
      statusDetails: { channelId: state.channel },
      sentOn: on,
      ...auditOf(on),
    };
    const record = { message, state, times: { processing: now }, plan };
    this.#records.set(state.id, record);
    this.#planNext(record);
    this.#parts.changed();
    return record;
  }

  #planNext({ state: { id }, plan, times }: MessageRecord): void {
    const [step] = plan;
    if (step === undefined) return;
    const waitMs = (times["processing"] ?? 0) + step.afterMs - this.#parts.world.now();
    this.#next.set(
      id,
      this.#parts.agenda.after(waitMs, () => this.#goOn(id)),
    );
  }

  #goOn(id: string): void {
    this.#next.delete(id);
    const record = this.#records.get(id);
    const [step, ...plan] = record?.plan ?? [];
    if (record === undefined || step === undefined) return;
    this.#records.set(id, { ...record, plan });
    this.#parts.publish(messageEvent(step.name, record.state, this.#parts.world));
    this.#planNext({ ...record, plan });
  }

  #stop(id: string): void {
    this.#next.get(id)?.();
    this.#next.delete(id);
  }

  #setStatus(id: string, status: string, at: number): void {
    const record = this.#records.get(id);
    if (record === undefined) return;
    const message: Message = {
      ...record.message,
      status: status as NonNullable<Message["status"]>,
      // As the reference has it of a message that was sent a while ago; right after the send it is `channelId`.
      statusDetails: { channel: record.state.channel },
      _updatedOn: new Date(at).toISOString(),
    };
    this.#records.set(id, { ...record, message, times: { ...record.times, [status]: at } });
    this.#parts.changed();
  }
}
