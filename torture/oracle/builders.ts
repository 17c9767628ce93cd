import type { SentEvent } from "../../test/support/events/deliveries.ts";
import type { Entry } from "../../test/support/program/journal.ts";
import type { Facts, Stored, StoredEvent } from "./facts.ts";

/** Facts of a test: nothing was seen but what is given. */
export function someFacts(facts: Partial<Facts>): Facts {
  return {
    sent: new Map(),
    acknowledged: new Map(),
    journal: [],
    ends: new Map(),
    powerCuts: new Set(),
    told: new Map(),
    replays: new Map(),
    mended: new Set(),
    forgettable: new Set(),
    menu: { seed: 1, dishes: [], workMs: [0, 0] },
    effects: undefined,
    settleMs: 1_000,
    ...facts,
  };
}

/** Event `id` of the state `message:1`, at a revision, with the bytes `id`. */
export function aSent(id: string, revision: number | null = 1): SentEvent {
  return { eventId: id, state: "message:1", revision, hash: `hash of ${id}` };
}

export const sentMap = (...events: readonly SentEvent[]): ReadonlyMap<string, SentEvent> =>
  new Map(events.map((event) => [event.eventId, event]));

/**
 * A journal from lines such as `1 begin a@2`: process, what, event, revision. Time passes by 10 ms for each line.
 */
export function aJournal(...lines: readonly string[]): readonly Entry[] {
  return lines.map((line, index) => {
    const [generation, kind, what = ""] = line.split(" ");
    const [eventId = "", revision = "1"] = what.split("@");
    return {
      ...aSent(eventId, revision === "none" ? null : Number(revision)),
      kind: kind as Entry["kind"],
      generation: Number(generation),
      at: index * 10,
      attempt: 1,
    };
  });
}

/** A ledger that has these events, and counts them right. */
export function aLedger(events: Readonly<Record<string, StoredEvent["status"]>>): Stored {
  const counted = { pending: 0, retrying: 0, handled: 0, obsolete: 0, dead: 0 };
  for (const status of Object.values(events)) counted[status] += 1;
  const stored = Object.entries(events).map(
    ([eventId, status]) => [eventId, { status, hash: `hash of ${eventId}` }] as const,
  );
  return { events: new Map(stored), counted };
}
