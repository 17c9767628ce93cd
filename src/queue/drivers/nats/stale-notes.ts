import type { Session } from "./session.ts";
import { attemptsOf } from "./streams.ts";

/** How far both streams were at one time. */
interface Mark {
  readonly notes: number;
  readonly messages: number;
  /** Of which streams: one that was made anew begins again. */
  readonly made: string;
}

/**
 * Forgets what is noted of messages that are gone. Whoever acknowledges a message does so, but does not wait for it; and a
 * server that was killed may have again what it had forgotten.
 */
export class StaleNotes {
  #mark: Mark | undefined;

  /** When all messages of the last mark are gone, so is the need for all that was noted until then. */
  async forget({ manager }: Session, stream: string): Promise<void> {
    const book = attemptsOf(stream);
    // In this order: what is noted by now is of messages up to the newest.
    const notes = await manager.streams.info(book);
    const messages = await manager.streams.info(stream);
    const made = `${notes.created} ${messages.created}`;
    if (this.#mark?.made === made) {
      if (messages.state.first_seq <= this.#mark.messages) return;
      await manager.streams.purge(book, { filter: `${book}.of.>`, seq: this.#mark.notes + 1 });
    }
    this.#mark = { notes: notes.state.last_seq, messages: messages.state.last_seq, made };
  }
}
