import type { Message } from "../event/message.ts";
import { type Entry, MemoryLedgerStore } from "../ledger/drivers/memory/store.ts";

/** What a ledger knows, and in which order events were handled. */
export class NotedLedgerStore extends MemoryLedgerStore {
  readonly #handled = new Set<string>();

  override handled(message: Message): void {
    super.handled(message);
    // An event that was replayed has been handled now.
    this.#handled.delete(message.eventId);
    this.#handled.add(message.eventId);
  }

  /** In the order in which they were handled. */
  inOrderHandled(): readonly Entry[] {
    return [...this.#handled].flatMap((eventId) => {
      const entry = this.entries.get(eventId);
      return entry?.status === "handled" ? [entry] : [];
    });
  }
}
