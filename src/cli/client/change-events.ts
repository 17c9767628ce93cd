import { HookwellError } from "../../errors.ts";
import type { ApiClient, Query } from "./api-client.ts";
import { readServerSentEvents, type ServerSentEvent } from "./sse.ts";
import { brokenOff, timedOut, unreachable } from "./unreachable.ts";

/**
 * A line that is silent for so long, in ms, is taken for cut: nothing else tells when the other machine or the network
 * is gone. The server breaks its silence every 15 s.
 */
export const silenceMs = 45_000;

/**
 * The changes since the one of this id, or from now on, as the server sends them; the first of its events only tells
 * where they begin.
 *
 * @throws {HookwellError} if the line breaks
 */
export async function* changeEvents(
  client: ApiClient,
  query: Query,
  lastEventId: string,
  signal: AbortSignal,
): AsyncIterable<ServerSentEvent> {
  const cut = new AbortController();
  const patience = (): NodeJS.Timeout => setTimeout(() => cut.abort(), silenceMs);
  let timer = patience();
  try {
    const stream = await client.stream(query, lastEventId, AbortSignal.any([signal, cut.signal]));
    for await (const event of readServerSentEvents(stream)) {
      // While nobody asks for more, nothing comes, and that is not the server's silence.
      clearTimeout(timer);
      yield event;
      timer = patience();
    }
  } catch (error) {
    if (error instanceof HookwellError) throw error;
    throw cut.signal.aborted ? unreachable(client.where, timedOut) : brokenOff(client.where, error);
  } finally {
    clearTimeout(timer);
  }
}
