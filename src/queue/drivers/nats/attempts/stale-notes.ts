import type { Session } from "../topology/session.ts";
import { attemptsOf } from "../topology/streams.ts";

/** How far both streams had come at one time. */
interface Mark {
  readonly notes: number;
  readonly messages: number;
  /** Which streams these were: one that was made anew, or that is older than it was, gives the same numbers again. */
  readonly made: string;
}

/**
 * Forgets notes about messages that are gone. A consumer that acknowledges a message forgets its note too, but does not
 * wait for that; and a server that was killed may have again what it had forgotten.
 */
export class StaleNotes {
  #mark: Mark | undefined;

  /** When all messages up to the last mark are gone, all notes that were there at that time can go. */
  async forget({ manager, stream, reached }: Session): Promise<void> {
    const book = attemptsOf(stream);
    // Notes are counted before messages, so that all of them are about messages up to the newest one.
    const notes = await manager.streams.info(book);
    const messages = await manager.streams.info(stream);
    const made = `${notes.created} ${messages.created} ${reached}`;
    if (this.#mark?.made === made) {
      if (messages.state.first_seq <= this.#mark.messages) return;
      await manager.streams.purge(book, { filter: `${book}.of.>`, seq: this.#mark.notes + 1 });
    }
    this.#mark = { notes: notes.state.last_seq, messages: messages.state.last_seq, made };
  }
}
