import type { MessageAddress, MessageInboundPayload, MessagePayload } from "../../event/payloads/message.ts";
import type { OpenRecord } from "../../event/payloads/open.ts";
import { freshUuid, writeEvent, type FreshWorld } from "../fresh-event.ts";
import type { SampleEvent } from "../samples.ts";
import { channelOf } from "./channels.ts";
import { inboundEvent } from "./inbound.ts";
import { live, type LifeOptions, type LifeStep, type PlannedStep } from "./life.ts";
import { defaultScript, outcomeOf, usualScript, within, type LifeScript } from "./message-script.ts";

/** The events that tell what becomes of an outbound message. */
const outboundNames = [
  "message.sentRequest",
  "message.sent",
  "message.delivered",
  "message.read",
  "message.expired",
  "message.failed",
  "interaction.click",
  "complaint.received",
] as const;

type OutboundName = (typeof outboundNames)[number];

/** True for the events that tell what becomes of an outbound message. */
export const isOutbound = (name: string): name is OutboundName =>
  (outboundNames as readonly string[]).includes(name);

/** The events of an outbound message, and the answer to it. */
export type MessageEventName = OutboundName | "message.inbound";

/** An outbound message as the sender knows it. */
export interface MessageState {
  readonly id: string;
  /** Channel id, such as `sms`. */
  readonly channel: string;
  readonly to: MessageAddress;
  readonly text: string;
  /** Comes back in each event. */
  readonly metadata: OpenRecord;
  readonly conversationId?: string;
  /** That of the last event; 0 before the first. */
  readonly revision: number;
}

/** What a new message may be given. Default: a new id, an SMS to somebody new. */
export type MessageOptions = Partial<MessageState>;

/** What a channel says beside the status. */
export interface MessageReport {
  /** Overrides `details.channelStatus.<channel>.details`. */
  readonly channelStatus?: OpenRecord;
  /** Of `message.failed`; that it is in `details` is a guess. */
  readonly failureReason?: string;
}

/** A message before its first event. */
export function newMessage(given: MessageOptions, { random }: Pick<FreshWorld, "random">): MessageState {
  const channel = given.channel ?? "sms";
  return {
    id: given.id ?? freshUuid(random),
    channel,
    to: given.to ?? channelOf(channel).address(random),
    text: given.text ?? "Your order is on its way",
    metadata: given.metadata ?? {},
    ...(given.conversationId !== undefined && { conversationId: given.conversationId }),
    revision: given.revision ?? 0,
  };
}

/**
 * The next event of a message. Its revision is the next of the message's sequence, in which `message.sentRequest` is 1
 * and `message.sent` is 2 (certain for `message.sent`: vendor examples); clicks and complaints have none, and an answer is a
 * message of its own.
 *
 * @example
 * ```ts
 * const sent = messageEvent("message.sent", message, world);
 * const read = messageEvent("message.read", after(message, sent), world);
 * ```
 */
export function messageEvent(
  name: MessageEventName,
  message: MessageState,
  world: FreshWorld,
  report: MessageReport = {},
): SampleEvent {
  if (name === "message.inbound") return inboundEvent(answerTo(message), world);
  const { id, channel, metadata } = message;
  const updatedOn = new Date(world.now() + settledMs).toISOString();
  if (name === "message.sentRequest" || !name.startsWith("message.")) {
    const revision = name === "message.sentRequest" ? 1 : undefined;
    return writeEvent({ name, payload: { id, details: { channel }, metadata, updatedOn }, revision }, world);
  }
  const revision = Math.max(message.revision, 1) + 1;
  return writeEvent({ name, payload: payloadOf(name, message, updatedOn, report), revision }, world);
}

/** The fields of an inbound message that answers this one: from whom it went to, on the same channel. */
export const answerTo = ({ id, channel, to, metadata }: MessageState): Partial<MessageInboundPayload> => ({
  channel,
  from: to,
  correlation: { messageId: id, metadata },
});

/** The message after this event. */
export const after = (message: MessageState, { revision, payload }: SampleEvent): MessageState =>
  revision === undefined || payload?.["id"] !== message.id ? message : { ...message, revision };

/** The sender writes its record some ms after the event occurred (vendor examples). */
const settledMs = 115;

function payloadOf(
  name: MessageEventName,
  message: MessageState,
  updatedOn: string,
  { channelStatus, failureReason = "Number is not in service" }: MessageReport,
): MessagePayload {
  const { id, to, text, channel, metadata, conversationId } = message;
  const status = name.slice("message.".length);
  const report = { id, to, text, status, at: updatedOn };
  const { additionalInfo, channelData, repeatsInfo } = channelOf(channel);
  const info = additionalInfo(report);
  return {
    details: {
      channel,
      additionalInfo: info,
      channelStatus: repeatsInfo ? { [channel]: { status, details: channelStatus ?? info, updatedOn } } : {},
      ...(status === "failed" && { failureReason }),
    },
    channelData: { [channel]: channelData(report) },
    updatedOn,
    metadata,
    ...(conversationId !== undefined && { conversationId }),
    id,
  };
}

/** What will become of a message and when, as likely as the script says; ms count from when it was given to the sender. */
export function messagePlan(
  { channel }: Pick<MessageState, "channel">,
  random: () => number,
  script: LifeScript = defaultScript,
): readonly PlannedStep<MessageEventName>[] {
  const { links, complaints } = channelOf(channel);
  const { times } = script;
  const plan: PlannedStep<MessageEventName>[] = [];
  const add = (name: MessageEventName, ms: number): void => {
    plan.push({ name, afterMs: (plan.at(-1)?.afterMs ?? 0) + ms });
  };
  if (random() < script.sentRequest) add("message.sentRequest", 0);
  add("message.sent", within(times.sent, random));
  const outcome = outcomeOf(script, random);
  if (outcome === "failed" || outcome === "expired") {
    add(`message.${outcome}`, within(times[outcome], random));
    return plan;
  }
  add("message.delivered", within(times.delivered, random));
  if (outcome === "read") add("message.read", within(times.read, random));
  if (links && random() < script.click) add("interaction.click", within(times.click, random));
  if (complaints && random() < script.complaint) add("complaint.received", within(times.complaint, random));
  if (random() < script.answer) add("message.inbound", within(times.answer, random));
  return plan;
}

export interface MessageLifeOptions extends MessageOptions, LifeOptions {
  readonly script?: LifeScript;
}

/** The whole life of one message, in order. */
export function messageLife(options: MessageLifeOptions, world: FreshWorld): readonly LifeStep[] {
  const { script = defaultScript } = options;
  let message = newMessage(options, world);
  return live(
    messagePlan(message, world.random, script),
    ({ name }, at) => {
      const event = messageEvent(name, message, at);
      message = after(message, event);
      return event;
    },
    options,
    world,
  );
}

/** The usual life of one message that has just ended: sent, delivered, read. */
export function usualLife(options: MessageOptions, world: FreshWorld): readonly SampleEvent[] {
  const steps = messageLife({ channel: "whatsApp", ...options, script: usualScript, endsNow: true }, world);
  return steps.map(({ event }) => event);
}
