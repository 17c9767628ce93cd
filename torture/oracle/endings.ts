import type { SentEvent } from "../../test/support/events/deliveries.ts";
import { newestHandled, timesHandled } from "../../test/support/program/journal.ts";
import { isPoison } from "../handler/behaviour.ts";
import { type Facts, notRead, type Stored, type StoredEvent, type Violation } from "./facts.ts";

/** What was acknowledged is stored, to the byte; what is stored was sent. */
export function storedViolations(
  { sent, acknowledged, forgettable }: Pick<Facts, "sent" | "acknowledged" | "forgettable">,
  { events, counted }: Stored,
): readonly Violation[] {
  const violations: Violation[] = [];
  for (const eventId of acknowledged.keys()) {
    if (events.has(eventId) || forgettable.has(eventId)) continue;
    violations.push({
      rule: "stored",
      text: `${eventId} was acknowledged, but the ledger does not have it.`,
    });
  }
  for (const [eventId, { hash }] of events) {
    const event = sent.get(eventId);
    if (event === undefined)
      violations.push({ rule: "stored", text: `${eventId} is stored, but nobody sent it.` });
    else if (hash !== undefined && hash !== event.hash) violations.push(otherThan(event, hash));
  }
  return [...violations, ...miscounted({ events, counted })];
}

const otherThan = ({ eventId }: SentEvent, hash: string): Violation =>
  hash.startsWith(notRead)
    ? { rule: "read", text: `${eventId} is stored, but its bytes were not given: ${hash}.` }
    : { rule: "bytes", text: `${eventId} is stored with other bytes than it was sent.` };

function miscounted({ events, counted }: Stored): readonly Violation[] {
  return Object.entries(counted).flatMap(([status, count]) => {
    const listed = [...events.values()].filter((event) => event.status === status).length;
    if (listed === count) return [];
    return [
      {
        rule: "stored" as const,
        text: `${count} events are counted as ${status}, but ${listed} are listed.`,
      },
    ];
  });
}

/** Handlers were given the bytes that were sent. */
export function handedViolations({ sent, journal }: Pick<Facts, "sent" | "journal">): readonly Violation[] {
  return journal.flatMap(({ eventId, hash, kind }) => {
    if (kind !== "begin" || sent.get(eventId)?.hash === hash) return [];
    return [
      { rule: "bytes" as const, text: `${eventId} reached its handler with other bytes than it was sent.` },
    ];
  });
}

/** What a handler wrote in the transaction of its event is there once if the event was handled, and not otherwise. */
export function effectViolations(
  { effects }: Pick<Facts, "effects">,
  { events }: Pick<Stored, "events">,
): readonly Violation[] {
  if (effects === undefined) return [];
  return [...events].flatMap(([eventId, { status }]) => {
    const [rows, wanted] = [effects.get(eventId)?.length ?? 0, status === "handled" ? 1 : 0];
    if (rows === wanted) return [];
    return [{ rule: "effect" as const, text: `${eventId} is ${status}, but its handler left ${rows} rows.` }];
  });
}

/** Every stored event came to an end, and to one that what happened accounts for. */
export function endingViolations(facts: Facts, { events }: Stored): readonly Violation[] {
  const handled = timesHandled(facts.journal);
  const newest = newestHandled(facts.journal);
  return [...events].flatMap(([eventId, { status }]) => {
    const event = facts.sent.get(eventId);
    const poison = isPoison(facts.menu, eventId) && !facts.mended.has(eventId);
    const wrong = event && wrongWith(event, status, { handled: handled.has(eventId), poison, newest });
    if (wrong === undefined) return [];
    const rule = status === "pending" || status === "retrying" ? ("settles" as const) : ("ending" as const);
    return [{ rule, text: `${eventId} is ${status}, ${wrong}.` }];
  });
}

interface Known {
  readonly handled: boolean;
  readonly poison: boolean;
  readonly newest: ReadonlyMap<string, number>;
}

function wrongWith(
  { state, revision }: SentEvent,
  status: StoredEvent["status"],
  { handled, poison, newest }: Known,
): string | undefined {
  switch (status) {
    case "pending":
    case "retrying":
      return "and does not settle";
    case "handled":
      return handled ? undefined : "but no handler of it came to its end";
    case "obsolete":
      if (revision !== null && revision < (newest.get(state) ?? -1)) return undefined;
      return "but no higher revision of its state was handled";
    case "dead":
      return poison ? undefined : "but its handler works";
  }
}
