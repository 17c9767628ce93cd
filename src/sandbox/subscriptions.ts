import type { WebhookConfiguration } from "./registrations.ts";
import type { SampleEvent } from "./samples.ts";

/** An event whose JSON is written, so that it can be sent many times and to many receivers. */
export interface WrittenEvent {
  readonly eventId: string;
  readonly name: string;
  /** What the filter `channel` compares. */
  readonly channel?: string;
  readonly text: string;
}

/** Writes an event once, as every receiver will get it. */
export function written(event: SampleEvent): WrittenEvent {
  const { eventId, name } = event;
  const channel = channelOf(event.payload);
  return { eventId, name, text: JSON.stringify(event), ...(channel !== undefined && { channel }) };
}

/** The channel of a message's event: `payload.details.channel` on statuses, `payload.channel` on an inbound message. */
export function channelOf(payload: SampleEvent["payload"]): string | undefined {
  const details = payload?.["details"] as { readonly channel?: unknown } | undefined;
  const channel = details?.channel ?? payload?.["channel"];
  return typeof channel === "string" ? channel : undefined;
}

/**
 * Whether a registration wants an event: one of its subscriptions has this type, and all filters of it fit. Without
 * filters a subscription takes every event of the type. A filter that the reference does not name fits nothing, and all
 * filters must fit: both guesses.
 */
export function wants(webhook: WebhookConfiguration, { name, channel }: WrittenEvent): boolean {
  return (webhook.subscriptions ?? []).some(
    ({ type, filters }) =>
      type === name &&
      (filters ?? []).every((filter) => filter.name === "channel" && filter.value === channel),
  );
}
