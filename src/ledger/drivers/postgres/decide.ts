import type { Message } from "../../../event/message.ts";
import { indexable, restored } from "../../../lib/postgres/texts.ts";
import type { Verdict } from "../../driver.ts";
import { type Standing, standingOf } from "../../standing.ts";
import { verdictOn } from "../../verdict-on.ts";
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
  /** The event whose repeat this is, and how often it had come before that. */
  readonly repeated?: { readonly flight: Flight; readonly deliveries: number };
}

/** What is known about an event before. */
export interface Known {
  /** Defined if it is between `admit` and `settle`. */
  readonly flight: Flight | undefined;
  readonly row: EventRow | undefined;
  /** The newest revision of its state. */
  readonly newest: Newest | undefined;
}

/** Decides whether this event may be handled, and what is to be written down for it. */
export function decide(message: Message, { flight, row, newest }: Known): Decision {
  const standing = standingHere(message, flight, row);
  if (standing === "done") return { message, verdict: { kind: "duplicate" } };
  const next = flight ?? new Flight(message, row);
  if (standing === "repeated") {
    const repeated = { flight: next, deliveries: row?.deliveries ?? 1 };
    return { message, verdict: { kind: "duplicate" }, repeated };
  }
  const { attempts = 0, error = null } = row ?? {};
  const isNewest = newest !== undefined && newest.event_id === indexable(message.eventId);
  const verdict = verdictOn(message.revision, newest?.revision, { attempts, error, isNewest });
  if (verdict.kind === "obsolete") return { message, verdict, writing: next.obsolete(Date.now()) };
  const isOtherCopy = row !== undefined && restored(row.copy) !== message.copy;
  return { message, verdict, flight: next, ...(isOtherCopy && { writing: next.reopened() }) };
}

function standingHere(message: Message, flight: Flight | undefined, row: EventRow | undefined): Standing {
  if (flight !== undefined) {
    return standingOf(message, {
      copy: flight.message.copy,
      status: "pending",
      attempts: 0,
      isUnderWay: true,
    });
  }
  return row === undefined
    ? "passes"
    : standingOf(message, { ...row, copy: restored(row.copy), isUnderWay: false });
}
