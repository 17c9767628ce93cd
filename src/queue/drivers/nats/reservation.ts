import type { JetStreamManager } from "@nats-io/jetstream";
import { apiCodeOf, apiErrors, ifThereIsRoom } from "./errors.ts";

/** The mark of the only history that events of this queue are handled with: the last message of a subject. */
export class NatsReservation {
  readonly #stream: string;
  readonly #leaseMs: number;
  /** Sequence number of the mark that goes with us. */
  #mark: number | undefined;

  /** @param stream where it is written */
  constructor(stream: string, leaseMs: number) {
    this.#stream = stream;
    this.#leaseMs = leaseMs;
  }

  /** @returns for how many ms; 0 if another has it */
  async take(manager: JetStreamManager, history: string, isShared: boolean): Promise<number> {
    this.#mark = undefined;
    const subject = `${this.#stream}.worker`;
    const found = await manager.streams.getMessage(this.#stream, { last_by_subj: subject });
    const isOther = found !== null && found.string() !== history;
    if (isOther) {
      const { ts } = await manager.streams.info(this.#stream);
      const now = ts === undefined ? Date.now() : Date.parse(ts);
      if (now - found.time.getTime() < this.#leaseMs) return 0;
    }
    try {
      const expect = { lastSubjectSequence: found?.seq ?? 0 };
      const written = await ifThereIsRoom(manager.jetstream().publish(subject, history, { expect }));
      // Without room nobody can write a mark, nor make an own one last longer: the last one counts.
      if (written === undefined && isOther) return 0;
      this.#mark = isShared ? undefined : (written?.seq ?? found?.seq);
      return this.#leaseMs;
    } catch (error) {
      // Somebody wrote meanwhile: another, or we in a call whose answer was lost; then the next one tells.
      if (apiCodeOf(error) === apiErrors.wrongLastSequence) return this.#isOwn(manager, subject, history);
      throw error;
    }
  }

  async leave(manager: JetStreamManager): Promise<void> {
    // One that another wrote has a number of its own.
    if (this.#mark !== undefined) await manager.streams.deleteMessage(this.#stream, this.#mark);
  }

  async #isOwn(manager: JetStreamManager, subject: string, history: string): Promise<number> {
    const found = await manager.streams.getMessage(this.#stream, { last_by_subj: subject });
    return found?.string() === history ? this.#leaseMs : 0;
  }
}
