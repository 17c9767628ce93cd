import type { StoredMsg } from "@nats-io/jetstream";
import { type Place, storedAtOf } from "../attempts/attempts.ts";
import { isMessageGone } from "../errors.ts";
import type { Held } from "./held.ts";
import type { Session } from "../topology/session.ts";

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
 * Those that may be answered. A server that was away since it handed them out may have another message in the place of
 * one, and would take an answer for that: nobody would ever get it.
 */
export async function answerable(session: Session, all: readonly Held[]): Promise<readonly Held[]> {
  const isSure = ({ shard }: Held): boolean => session.shards[shard.index] === shard;
  const there = all.map(async (held) => isSure(held) || (await storedMessage(session, held.place)));
  const found = await Promise.all(there);
  return all.filter((_, at) => found[at]);
}

function ifGone(error: unknown): null {
  if (isMessageGone(error)) return null;
  throw error;
}
