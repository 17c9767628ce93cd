import type { JetStreamManager } from "@nats-io/jetstream";
import { apiCodeOf, apiErrors, ifThereIsRoom } from "./errors.ts";
import { serverNow } from "./streams.ts";

/** The mark of the only history with which events of this queue are handled: the last message of a subject. */
export class NatsReservation {
  readonly #stream: string;
  readonly #leaseMs: number;
  /** Sequence number of the mark that is removed when we leave. */
  #mark: number | undefined;

  /** @param stream the stream in which the mark is written */
  constructor(stream: string, leaseMs: number) {
    this.#stream = stream;
    this.#leaseMs = leaseMs;
  }

  /** @returns for how many ms the queue is kept; 0 if another history has it */
  async take(manager: JetStreamManager, history: string, isShared: boolean): Promise<number> {
    this.#mark = undefined;
    const subject = `${this.#stream}.worker`;
    const found = await manager.streams.getMessage(this.#stream, { last_by_subj: subject });
    const isOther = found !== null && found.string() !== history;
    if (isOther) {
      const now = serverNow(await manager.streams.info(this.#stream));
      if (now - found.time.getTime() < this.#leaseMs) return 0;
    }
    try {
      const expect = { lastSubjectSequence: found?.seq ?? 0 };
      const written = await ifThereIsRoom(manager.jetstream().publish(subject, history, { expect }));
      // Without room nobody can write a mark, not even to extend their own: then the last one counts.
      if (written === undefined && isOther) return 0;
      this.#mark = isShared ? undefined : (written?.seq ?? found?.seq);
      return this.#leaseMs;
    } catch (error) {
      // Somebody wrote meanwhile: another, or we ourselves in a call whose answer was lost. The mark itself says who.
      if (apiCodeOf(error) === apiErrors.wrongLastSequence) return this.#isOwn(manager, subject, history);
      throw error;
    }
  }

  async leave(manager: JetStreamManager): Promise<void> {
    // A mark that another wrote has another number.
    if (this.#mark !== undefined) await manager.streams.deleteMessage(this.#stream, this.#mark);
  }

  async #isOwn(manager: JetStreamManager, subject: string, history: string): Promise<number> {
    const found = await manager.streams.getMessage(this.#stream, { last_by_subj: subject });
    return found?.string() === history ? this.#leaseMs : 0;
  }
}
