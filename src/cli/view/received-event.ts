import type { EventRecord } from "../../api/contract.ts";

/** An event and its exact bytes. */
export interface ReceivedEvent {
  readonly event: EventRecord;
  readonly body: Uint8Array;
}
