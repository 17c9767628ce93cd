import { createHash } from "node:crypto";
import { Families } from "../../../src/event/entity.ts";
import type { HookwellEvent } from "../../../src/event/typed-event.ts";
import type { Handler } from "../../../src/process/handlers.ts";
import { sharedNow, type Entry } from "./journal.ts";

const families = new Families();

/** What must be in order: the state of an event, or its entity if it has none. */
export function orderKeyOf(event: { readonly name: string; readonly eventId: string }): string {
  const { state, entity } = families.identify(event);
  return state ?? entity;
}

export const hashOf = (bytes: Uint8Array): string => createHash("sha1").update(bytes).digest("base64url");

function stateOf(event: HookwellEvent): string {
  try {
    return orderKeyOf({ ...(event.json as object), name: event.name, eventId: event.eventId });
  } catch {
    return event.entity; // No JSON: the bytes are not those that were sent, which their hash tells.
  }
}

/**
 * A handler that does `work` and notes when it begins and how it ends. An attempt is over for the journal when its
 * signal aborts, whatever the work goes on to do.
 */
export function journaling(generation: number, note: (entry: Entry) => void, work: Handler): Handler {
  return async (event, context) => {
    const { eventId, revision, body } = event;
    const hash = hashOf(body);
    const facts = { generation, eventId, state: stateOf(event), revision, attempt: context.attempt, hash };
    let over = false;
    const end = (kind: "handled" | "failed"): void => {
      if (over) return;
      over = true;
      note({ kind, ...facts, at: sharedNow() });
    };
    note({ kind: "begin", ...facts, at: sharedNow() });
    context.signal.addEventListener("abort", () => end("failed"), { once: true });
    try {
      await work(event, context);
    } catch (error) {
      end("failed");
      throw error;
    }
    end("handled");
  };
}
