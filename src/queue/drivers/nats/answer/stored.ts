import type { StoredMsg } from "@nats-io/jetstream";
import { type Place, storedAtOf } from "../attempts/attempts.ts";
import { isMessageGone } from "../errors.ts";
import type { Held } from "./held.ts";
import type { Session } from "../topology/session.ts";
import type { NatsShard } from "../topology/shard.ts";

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
 * Knows which messages may be answered. A server that was away since it handed them out may have another message in the
 * place of one, and would take an answer for that: nobody would ever get it.
 */
export class StillStored {
  /** The shards, as they were when these messages were found to be there. */
  readonly #found = new WeakMap<Held, NatsShard>();

  async of(session: Session, all: readonly Held[]): Promise<readonly Held[]> {
    const are = await Promise.all(all.map((held) => this.#is(session, held)));
    return all.filter((_, at) => are[at]);
  }

  async #is(session: Session, held: Held): Promise<boolean> {
    const shard = session.shards[held.shard.index];
    if (held.shard === shard || this.#found.get(held) === shard) return true;
    const isThere = (await storedMessage(session, held.place)) !== undefined;
    // To look reads the whole message, so a caller that had to give up need not look for all of them again.
    if (isThere && shard !== undefined) this.#found.set(held, shard);
    return isThere;
  }
}

function ifGone(error: unknown): null {
  if (isMessageGone(error)) return null;
  throw error;
}
