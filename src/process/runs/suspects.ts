import type { Attempt } from "./attempt.ts";
import type { Slots } from "../slots.ts";

/** How many may wait for their turn here, and their bytes; the others wait in the queue. */
const mostWaiting = 500;
const mostBytes = 8 * 1024 * 1024;

/** How many suspects are remembered whose handler ended by itself, but which will come again; the newest. */
const mostCleared = 10_000;

/**
 * Events that were under way when a process ended: the handler of one of them may have ended it. Before such an event
 * is tried, the ledger is told, so that it is known which were running if that happens again. Those that were running
 * are tried one at a time, so that each further end counts for one of them only. All other events go on beside them,
 * but for the last attempt.
 */
export class Suspects {
  readonly #slots: Pick<Slots<Attempt>, "add" | "release">;
  #waiting: Attempt[] = [];
  readonly #cleared = new Map<string, number>();
  #current: Attempt | undefined;

  /** @param slots gets those that are tried one at a time, when their turn has come; the answer is `done` */
  constructor(slots: Pick<Slots<Attempt>, "add" | "release">) {
    this.#slots = slots;
  }

  /** True if the queue has handed it out more often than its handler came to an end. */
  means({ surplus, copy }: Attempt): boolean {
    return surplus > (this.#cleared.get(copy) ?? 0);
  }

  /** Lets it wait for its turn; false if there is no room for it now. */
  add(attempt: Attempt): boolean {
    if (this.#waiting.length >= mostWaiting) return false;
    const bytes = [...this.#waiting, attempt].reduce((sum, { message }) => sum + message.body.length, 0);
    if (this.#waiting.length > 0 && bytes > mostBytes) return false;
    // Those that were running at the most ends come last: the others, which they took along, should get out of their
    // way.
    const place = this.#waiting.findLastIndex(({ known }) => known <= attempt.known) + 1;
    this.#waiting.splice(place, 0, attempt);
    this.#next();
    return true;
  }

  /** Takes back those of this kind that wait for their turn. */
  withdraw(isMeant: (attempt: Attempt) => boolean): readonly Attempt[] {
    const withdrawn = this.#waiting.filter(isMeant);
    this.#waiting = this.#waiting.filter((attempt) => !isMeant(attempt));
    return withdrawn;
  }

  /** Its outcome is written down: the process lives, so it is no suspect any more, even if it will be tried again. */
  done(attempt: Attempt): void {
    const { surplus, copy, outcome } = attempt;
    if (surplus === 0) return;
    this.#cleared.delete(copy);
    if (outcome.kind === "retry") this.#clear(copy, surplus);
    if (this.#current !== attempt) return;
    this.#current = undefined;
    this.#slots.release(attempt);
    this.#next();
  }

  #clear(copy: string, surplus: number): void {
    this.#cleared.set(copy, surplus);
    // Those that came again to another process would stay here for good.
    const [oldest = copy] = this.#cleared.keys();
    if (this.#cleared.size > mostCleared) this.#cleared.delete(oldest);
  }

  #next(): void {
    if (this.#current !== undefined) return;
    this.#current = this.#waiting.shift();
    if (this.#current !== undefined) this.#slots.add(this.#current);
  }
}
