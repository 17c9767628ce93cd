import type { EventRecord } from "../../../src/api/contract.ts";
import type { ReceivedEvent } from "../../../src/cli/view/received-event.ts";

/** An event as a command got it from the API. */
export function received(body: string | Uint8Array, fields: Partial<EventRecord> = {}): ReceivedEvent {
  const event: EventRecord = {
    eventId: "e1",
    name: "message.sent",
    entity: "message:one",
    revision: 1,
    status: "handled",
    attempts: 1,
    deliveries: 1,
    conflict: false,
    receivedAt: "2026-11-24T12:00:00.000Z",
    occurredAt: null,
    settledAt: null,
    error: null,
    accountId: null,
    apiSpaceId: null,
    synthetic: false,
    ...fields,
  };
  return { event, body: Buffer.from(body) };
}
