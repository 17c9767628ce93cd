import type { Message } from "../../../event/message.ts";
import { revisionGate } from "../../../event/revision-gate.ts";
import { indexable, restored } from "../../../lib/postgres/postgres.ts";
import { cutOff, type Verdict } from "../../driver.ts";
import { isSettled, isUntried } from "../../record.ts";
import { Flight } from "./flights.ts";
import type { Newest } from "./history.ts";
import type { EventRow } from "./rows.ts";
import type { Writing } from "./writer.ts";

/** What is to be written for a message, beside its verdict. */
export interface Decision {
  readonly message: Message;
  readonly verdict: Verdict;
  readonly flight?: Flight;
  readonly writing?: Writing;
  /** The event whose repeat this is. */
  readonly repeated?: Flight;
}

/** What is known of an event before. */
export interface Known {
  /** It is between `admit` and `settle`. */
  readonly flight: Flight | undefined;
  readonly row: EventRow | undefined;
  /** Of its state. */
  readonly newest: Newest | undefined;
}

/** May this event be handled, and what is to be written down for it? */
export function decide(message: Message, { flight, row, newest }: Known): Decision {
  const known = flight?.message.copy ?? (row && restored(row.copy));
  const settled = flight === undefined && row !== undefined && isSettled(row.status);
  if (known === message.copy && settled) return { message, verdict: { kind: "duplicate" } };
  const isReplay = message.replay && settled;
  const isLost = flight === undefined && row !== undefined && isUntried(row.status, row.attempts);
  if (known !== undefined && known !== message.copy && !isReplay && !isLost) {
    return { message, verdict: { kind: "duplicate" }, repeated: flight ?? new Flight(message, row) };
  }
  const next = flight ?? new Flight(message, row);
  const verdict = revisionGate(newest && Number(newest.revision), message.revision);
  if (verdict.kind === "obsolete") return { message, verdict, writing: next.obsolete(Date.now()) };
  const isOther = newest !== undefined && newest.event_id !== indexable(message.eventId);
  const fresh = {
    kind: "fresh",
    conflict: verdict.conflict && isOther,
    attempts: row?.attempts ?? 0,
    isCutOff: row?.error === cutOff,
  } as const;
  const reopening = settled ? { writing: next.reopened() } : {};
  return { message, verdict: fresh, flight: next, ...reopening };
}
