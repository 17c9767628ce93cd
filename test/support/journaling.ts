import { Families } from "../../src/event/entity.ts";
import type { Handler } from "../../src/process/handlers.ts";
import type { JournalEntry } from "./journal.ts";

const families = new Families();

/** A handler that does `work` and notes when it begins and how it ends. */
export function journaling(note: (entry: JournalEntry) => void, work: Handler): Handler {
  return async (event, context) => {
    const { eventId, name, entity, revision } = event;
    const { state } = families.identify({ ...(event.json as object), name, eventId });
    const facts = { eventId, state: state ?? entity, revision };
    note({ kind: "begin", ...facts });
    try {
      await work(event, context);
    } catch (error) {
      note({ kind: "failed", ...facts });
      throw error;
    }
    note({ kind: "handled", ...facts });
  };
}
