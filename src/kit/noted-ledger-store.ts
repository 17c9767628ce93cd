import type { Message } from "../event/message.ts";
import { type Entry, MemoryLedgerStore } from "../ledger/drivers/memory/store.ts";

/** What a ledger knows, and in which order events were handled. */
export class NotedLedgerStore extends MemoryLedgerStore {
  readonly #handled = new Set<string>();

  override handled(message: Message): void {
    super.handled(message);
    this.#handled.add(message.eventId);
  }

  /** In the order in which they were first handled. */
  inOrderHandled(): readonly Entry[] {
    return [...this.#handled].flatMap((eventId) => {
      const entry = this.entries.get(eventId);
      return entry?.status === "handled" ? [entry] : [];
    });
  }
}
