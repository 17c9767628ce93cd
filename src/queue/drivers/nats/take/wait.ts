import { sleep } from "../../../../lib/async/sleep.ts";
import { noticeOf, pull } from "./pull.ts";
import type { Session } from "../topology/session.ts";
import type { NatsShard } from "../topology/shard.ts";

export interface WaitOptions {
  /** A subject for this wait alone. */
  readonly reply: string;
  readonly waitMs: number;
  readonly signal: AbortSignal;
}

/** How long consumers may take to say that nothing came, in ms. */
const lateMs = 250;

/**
 * Waits until one of some consumers has a message. In a cluster, a consumer on another server than the one we are
 * connected to would go on handing out for a moment after we have stopped. So the questions have no room for a message,
 * and are only told that there is one.
 *
 * @returns true if a consumer does not exist any more
 */
export async function waitForMessage(
  session: Session,
  shards: readonly NatsShard[],
  { reply, waitMs, signal }: WaitOptions,
): Promise<boolean> {
  const end = new AbortController();
  let [silent, isStale] = [shards.length, false];
  let failure: Error | null = null;
  const subscription = session.connection.subscribe(reply, {
    callback: (error, message) => {
      failure ??= error;
      const notice = error === null ? noticeOf(message) : "refused";
      isStale ||= notice === "gone";
      silent -= 1;
      if (silent === 0 || notice === "waiting" || error !== null) end.abort();
    },
  });
  const how = { batch: 1, max_bytes: 1, expires: Math.ceil(waitMs) * 1e6 };
  for (const shard of shards) pull(session, shard, { reply, how });
  await sleep(waitMs + lateMs, AbortSignal.any([end.signal, signal]));
  // With this, the server forgets the questions.
  subscription.unsubscribe();
  if (failure !== null) throw failure;
  return isStale;
}
