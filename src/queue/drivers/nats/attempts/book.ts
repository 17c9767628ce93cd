import type { JetStreamManager } from "@nats-io/jetstream";
import type { Noted, Order, Place } from "./attempts.ts";
import { ifThereIsRoom, isApiError } from "../errors.ts";

/** Identifies a note in its book; 0: there is none. */
export type NoteNumber = number;

/** What the book has about a message. */
export interface Note {
  readonly number: NoteNumber;
  readonly noted: Noted & { readonly order: Order | null };
}

/** Notes attempts that the server does not count as we do. */
export class AttemptBook {
  readonly #manager: JetStreamManager;
  readonly #stream: string;

  constructor(manager: JetStreamManager, stream: string) {
    this.#manager = manager;
    this.#stream = stream;
  }

  async read(place: Place): Promise<Note | undefined> {
    const found = await this.#manager.streams.getMessage(this.#stream, {
      last_by_subj: this.#subjectOf(place),
    });
    if (found === null) return undefined;
    const { seq: number } = found;
    const noted = found.json<Noted>();
    return { number, noted: { ...noted, order: noted.order && { turn: number, ...noted.order } } };
  }

  /**
   * What cannot be noted is counted by the server alone, rather too often, and keeps its old place. A process that was
   * paused may write after the message has been taken over; then the note of its new owner stays.
   *
   * @param last the note that the book had about the message when we last heard of it
   * @returns the note that it has now
   */
  async write(place: Place, noted: Noted, last: NoteNumber): Promise<NoteNumber> {
    const [text, expect] = [JSON.stringify(noted), { lastSubjectSequence: last }];
    const writing = this.#manager
      .jetstream()
      .publish(this.#subjectOf(place), text, { expect, timeout: 4_000 });
    try {
      return (await ifThereIsRoom(writing))?.seq ?? last;
    } catch (error) {
      if (!isApiError(error, "wrongLastSequence")) throw error;
    }
    // Another process wrote meanwhile, or we did, in a call whose answer was lost.
    const found = await this.read(place);
    if (found !== undefined && found.noted.takeovers > noted.takeovers) return found.number;
    return this.write(place, noted, found?.number ?? 0);
  }

  async forget(place: Place): Promise<void> {
    await this.#manager.streams.purge(this.#stream, { filter: this.#subjectOf(place) });
  }

  #subjectOf({ sequence, storedAt }: Place): string {
    return `${this.#stream}.of.${sequence}.${storedAt}`;
  }
}
