import type { StoredMsg } from "@nats-io/jetstream";
import { OneByOne } from "../../../../lib/async/one-by-one.ts";
import { type Place, storedAtOf } from "../attempts/attempts.ts";
import { isMessageGone } from "../errors.ts";
import type { Held } from "./held.ts";
import { answerOf } from "../patience.ts";
import type { Session } from "../topology/session.ts";

/** How long a look may take, in ms, beside the message itself. */
const lookMs = 3_000;
/** How many bytes of it come per ms over a line that is fast enough; the server sends them as text, a third longer. */
const slowestLine = 3_000;

/**
 * The message as the stream has it; undefined if it is gone. Its number alone does not name it: a stream that was made
 * anew, or whose server was started with an older copy of its folder, gives the same numbers to other messages.
 */
export async function storedMessage(
  { manager, stream }: Pick<Session, "manager" | "stream">,
  { sequence, storedAt }: Place,
): Promise<StoredMsg | undefined> {
  const found = await manager.streams.getMessage(stream, { seq: sequence }).catch(ifGone);
  return found !== null && storedAtOf(found.timestamp) === storedAt ? found : undefined;
}

/**
 * Knows which messages may be answered. A server that was started since it handed them out may have another message in
 * the place of one, and would take an answer for that: nobody would ever get it. If the stream has one message as it
 * was, it has not lost any before that either, and none of those places has another message.
 */
export class StillStored {
  /** Up to this number the stream has lost nothing, as was found since the server was reached. */
  #floor = 0;
  #reached = 0;
  /** To look reads a whole message, which may be large: so nobody looks while somebody else does. */
  readonly #looking = new OneByOne();
  readonly #handedOut: () => readonly Held[];

  /** @param handedOut all that was handed out: to find the newest of it saves further looks */
  constructor(handedOut: () => readonly Held[]) {
    this.#handedOut = handedOut;
  }

  async of(session: Session, some: readonly Held[]): Promise<readonly Held[]> {
    const isSure = (held: Held): boolean => this.#isSure(session, held);
    if (some.every(isSure)) return some;
    return this.#looking.run(async () => {
      if (session.reached > this.#reached) [this.#reached, this.#floor] = [session.reached, 0];
      const unsureOf = (all: readonly Held[]): readonly Held[] =>
        newestFirst(all.filter((held) => !isSure(held)));
      const unsure = unsureOf(some);
      if (unsure.length === 0) return some;
      await this.#look(session, [...unsureOf(this.#handedOut()).slice(0, 1), ...unsure]);
      return some.filter(isSure);
    });
  }

  /**
   * Ends with the first one that is there. A question may be lost, as while a cluster chooses a leader; then nobody must
   * wait for longer than the message may take.
   */
  async #look({ stream, patient: manager }: Session, candidates: readonly Held[]): Promise<void> {
    for (const { place, bytes } of candidates) {
      const found = await answerOf(storedMessage({ stream, manager }, place), lookMs + bytes / slowestLine);
      if (found === undefined) continue;
      this.#floor = place.sequence;
      return;
    }
  }

  #isSure({ reached }: Session, held: Held): boolean {
    if (held.reached === reached) return true;
    return this.#reached === reached && held.place.sequence <= this.#floor;
  }
}

const newestFirst = (all: readonly Held[]): readonly Held[] =>
  all.toSorted((a, b) => b.place.sequence - a.place.sequence);

function ifGone(error: unknown): null {
  if (isMessageGone(error)) return null;
  throw error;
}
