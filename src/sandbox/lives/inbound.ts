import type { MessageInboundPayload } from "../../event/payloads/message.ts";
import { isoNow } from "../clock.ts";
import { freshUuid, writeEvent, type FreshWorld } from "../fresh-event.ts";
import type { SampleEvent } from "../samples.ts";
import { channelOf } from "./channels.ts";

/**
 * A `message.inbound`. The fields are those of the REST API's inbound message, which the vendor's bot sample confirms in
 * part; that it has a revision (0) and an etag is a guess.
 *
 * @param fields what is known of it; by default it is an SMS from somebody new
 */
export function inboundEvent(fields: Partial<MessageInboundPayload>, world: FreshWorld): SampleEvent {
  const { messageId, ...given } = fields;
  const channel = fields.channel ?? "sms";
  const payload = {
    id: messageId ?? freshUuid(world.random),
    from: channelOf(channel).address(world.random),
    channel,
    to: { phoneNumber: "447700900456" },
    body: "Yes please, Thursday works",
    receivedOn: isoNow(world),
    status: "received",
    ...given,
  };
  return writeEvent({ name: "message.inbound", payload, revision: 0 }, world);
}
