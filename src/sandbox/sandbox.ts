import type { Log } from "../log.ts";
import type { AnalyticsQuery, MessageAnalytics } from "./analytics.ts";
import type { DeadEvent, DeliveryAttempt } from "./attempts.ts";
import type { Clock } from "./clock.ts";
import type { SandboxCredentials } from "./credentials.ts";
import type { Faults } from "./faults.ts";
import type { HistoryQuery, MessageHistoryEntry } from "./history.ts";
import type { InboundMessage, InboundMessageInput } from "./inbounds.ts";
import type { ChatOptions } from "./lives/chat.ts";
import type { ConversationOptions } from "./lives/conversation.ts";
import type { LifeScript } from "./lives/message-script.ts";
import type { MessageOptions } from "./lives/message.ts";
import type { PresenceOptions } from "./lives/presence.ts";
import type { ProfileOptions } from "./lives/profile.ts";
import type { Done, Message, MessageInput, MessageStatusBody } from "./messages.ts";
import type { Registrations } from "./registrations.ts";
import type { SampleEvent } from "./samples.ts";
import type { ScheduleName } from "./schedule.ts";
import type { WrittenEvent } from "./subscriptions.ts";

export type { DeadEvent, DeliveryAttempt } from "./attempts.ts";
export type { SandboxCredentials } from "./credentials.ts";
export type { Faults } from "./faults.ts";
export type { InboundMessage, InboundMessageInput } from "./inbounds.ts";
export type { Message, MessageInput } from "./messages.ts";
export type { Registration, WebhookConfiguration, WebhookConfigurationInput } from "./registrations.ts";
export type { SampleEvent } from "./samples.ts";

/** What a sandbox may be given; without anything it is a faultless sender on the machine's clock. */
export interface SandboxOptions {
  /** The same seed and the same calls give the same events, deliveries and faults. Default: 1. */
  readonly seed?: number;
  /** `virtualClock()` for tests. Default: the machine's clock. */
  readonly clock?: Clock;
  /**
   * How many times faster than the machine's the default clock runs: schedule, lives, batches and faults. The 10 s for
   * an answer stay real, since the receiver is real. Default: 1.
   */
  readonly timeScale?: number;
  /** Which of the two known retry schedules. Default: A. */
  readonly schedule?: ScheduleName;
  /** Troubles from the start, over those of the scenario. Default: none. */
  readonly faults?: Partial<Faults>;
  /** One of `scenarios`, from the start. */
  readonly scenario?: string;
  /** What becomes of messages. Default: most are read within seconds, a few fail or expire. */
  readonly script?: LifeScript;
  /** What its REST side asks for. Default: the same for every sandbox, as `credentials` of it tells. */
  readonly credentials?: Partial<SandboxCredentials>;
  /** A file that keeps registrations, messages, pending deliveries and the dead queue. Default: none, all is forgotten. */
  readonly data?: string;
  /** Takes the deliveries in place of the network, such as a receiver's own `fetch`. */
  readonly fetch?: (request: Request) => Promise<Response>;
  /** Most deliveries of one registration that are under way at once; the sender's own number is unknown. Default: 8. */
  readonly parallel?: number;
  /** Told of each attempt to deliver when it has ended. */
  readonly onAttempt?: (attempt: DeliveryAttempt) => void;
  /** Told what is given up, and of a data file that cannot be written; never of a body. Default: says nothing. */
  readonly log?: Log;
}

/** What an event is to have in place of what its sample has. */
export interface EmitOptions {
  /**
   * Merged into that of the message if the sandbox knows it, else of the sample, objects within it as well; the rest fits
   * to it.
   */
  readonly payload?: Readonly<Record<string, unknown>>;
  /** Id of the message, profile, conversation, chat or person. Default: a new one. */
  readonly entityId?: string;
  /** Default: the next one of a message that the sandbox knows, else that of the sample. */
  readonly revision?: number;
}

/** What a life of each kind may be given. */
export interface LifeOptions {
  readonly message: MessageOptions & { readonly script?: LifeScript };
  readonly profile: ProfileOptions;
  readonly conversation: ConversationOptions;
  readonly chat: ChatOptions;
  readonly presence: PresenceOptions;
}

/**
 * The sender, emulated: it registers webhooks, gives messages a life, and delivers their events as the reference says
 * the sender does. What the reference calls a guess is said to be one where it is made.
 *
 * @example
 * ```ts
 * await using sandbox = createSandbox({ clock: virtualClock(), fetch: (request) => receiver.fetch(request) });
 * const secret = "1b7c5a0e-4d92-4f36-8e0b-c9a7d3f16258";
 * const subscriptions = [{ type: "message.sent" }, { type: "message.delivered" }];
 * sandbox.webhooks.create({ name: "mine", url: "http://receiver/", secret, subscriptions });
 *
 * sandbox.send({ to: { phoneNumber: "447700900123" }, body: "Hello", rules: ["sms"] });
 * await sandbox.settled();
 * ```
 */
export interface Sandbox extends AsyncDisposable {
  readonly credentials: SandboxCredentials;
  readonly clock: Clock;
  readonly seed: number;

  /** The webhook configurations, each with its ETag. Bodies are not checked here. */
  readonly webhooks: Pick<Registrations, "list" | "get" | "create" | "update" | "remove">;

  /** Takes a message and starts its life. */
  send(input: MessageInput): Message;
  /** The same for several, in their order. */
  sendBatch(inputs: readonly MessageInput[]): readonly Message[];
  /** What the sender would say of it now; undefined if there is no such message. */
  message(id: string): Message | undefined;
  /** The sandbox's own record: every message with its newest status. */
  messages(): readonly Message[];
  /** Takes out what a message says. `conflict` while it is being sent (a guess). */
  redact(id: string): Done;
  /** `conflict` while it is being sent (a guess). */
  deleteMessage(id: string): Done;
  /** A channel's report; the planned life of the message ends. False if there is no such message. */
  report(id: string, status: string, body: MessageStatusBody): boolean;
  /** A person writes: raises `message.inbound`. That the event mirrors the message is inferred. */
  inbound(input: InboundMessageInput): InboundMessage;
  /** What people wrote, in that order. */
  inbounds(): readonly InboundMessage[];
  /** Notes what became of an inbound message. Undefined if there is no such one. */
  inboundStatus(id: string, status: "delivered" | "read"): InboundMessage | undefined;
  /** Counts of messages by period, in UTC. That a status counts when it was reached is a guess. */
  analytics(query: AnalyticsQuery): readonly MessageAnalytics[];
  /** Messages with a profile, newest first; a phone number may stand for one (a guess). */
  history(profileId: string, query?: HistoryQuery): readonly MessageHistoryEntry[];

  /** Sends one event of any name, known or not, to the registrations that want it. */
  emit(name: string, options?: EmitOptions): SampleEvent;
  /** Sends events that are written already (`written()`), for load: nothing is made, looked at or recorded. */
  emitWritten(events: readonly WrittenEvent[]): void;
  /** Starts a whole life, whose events come one after the other. */
  live<Kind extends keyof LifeOptions>(kind: Kind, options?: LifeOptions[Kind]): void;

  /** Those of now; a scenario changes them as time passes. */
  readonly faults: Faults;
  /** Changes some faults. @throws {RangeError} names the fault, and what it may be */
  setFaults(faults: Partial<Faults>): void;
  /** Plays a scenario in place of the one before; null ends it. @throws {RangeError} names the scenarios */
  setScenario(name: string | null): void;

  /** The newest attempts, oldest first: 10,000 of them, or fewer if together they carried more than 500,000 events. */
  deliveries(): readonly DeliveryAttempt[];
  /** What the sender has given up. */
  dead(): readonly DeadEvent[];
  /** How many events are neither accepted nor given up. */
  pending(): number;

  /** Lets time pass: a virtual clock moves, with every timer in order and each answer awaited; a real one is waited for. */
  advance(ms: number): Promise<void>;
  /** Resolves when nothing is planned or under way any more. A virtual clock moves as far as that takes. */
  settled(): Promise<void>;
  /** As after the start, without registrations, messages, deliveries or faults. Ids go on, so that none comes again. */
  reset(): void;
  /** Stops at once. What is pending stays in the data file, if there is one. */
  close(): Promise<void>;
}
