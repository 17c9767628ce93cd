import type { JetStreamManager, StoredMsg } from "@nats-io/jetstream";
import type { WorkersHistory } from "../../driver.ts";
import { ifThereIsRoom, isApiError } from "./errors.ts";
import { serverNow } from "./topology/streams.ts";

/** The mark of the only history with which events of this queue are handled: the last message of a subject. */
export class NatsReservation {
  readonly #stream: string;
  readonly #leaseMs: number;
  /** The history whose mark is to go when we leave, if we have it then. */
  #own: string | undefined;

  /** @param stream the stream in which the mark is written */
  constructor(stream: string, leaseMs: number) {
    this.#stream = stream;
    this.#leaseMs = leaseMs;
  }

  /** @returns for how many ms the queue is kept; 0 if another history has it */
  async take(manager: JetStreamManager, { name, isShared }: WorkersHistory): Promise<number> {
    // Before it is asked: we may have it although the answer never comes.
    this.#own = isShared ? undefined : name;
    const found = await this.#last(manager);
    const isOther = found !== null && found.string() !== name;
    if (isOther) {
      const now = serverNow(await manager.streams.info(this.#stream));
      if (now - found.time.getTime() < this.#leaseMs) return 0;
    }
    try {
      const expect = { lastSubjectSequence: found?.seq ?? 0 };
      const written = await ifThereIsRoom(manager.jetstream().publish(this.#subject, name, { expect }));
      // Without room nobody can write a mark, not even to extend their own: then the last one counts.
      if (written === undefined && isOther) return 0;
      return this.#leaseMs;
    } catch (error) {
      // Somebody wrote meanwhile: another, or we ourselves in a call whose answer was lost. The mark itself says who.
      if (isApiError(error, "wrongLastSequence"))
        return (await this.#last(manager))?.string() === name ? this.#leaseMs : 0;
      throw error;
    }
  }

  async leave(manager: JetStreamManager): Promise<void> {
    if (this.#own === undefined) return;
    const found = await this.#last(manager);
    // A mark that another writes meanwhile has another number.
    if (found?.string() === this.#own) await manager.streams.deleteMessage(this.#stream, found.seq);
  }

  get #subject(): string {
    return `${this.#stream}.worker`;
  }

  #last(manager: JetStreamManager): Promise<StoredMsg | null> {
    return manager.streams.getMessage(this.#stream, { last_by_subj: this.#subject });
  }
}
