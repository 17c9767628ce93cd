import { sleep } from "../../../../lib/async/sleep.ts";
import type { RedisClient } from "./client.ts";
import { isMemoryFull } from "./refusal.ts";

/** How long after a refusal the server is asked again, in ms. */
const againMs = 1_000;

/**
 * Rings whenever the server says that there is something new. While its memory is full, Redis 8.6 refuses the
 * subscription, but hands out what it has: then nobody waits for it, and it is tried again for as long as the
 * connection lives.
 */
export async function listen(
  client: RedisClient,
  channel: string,
  ring: () => void,
  closing: AbortSignal,
): Promise<void> {
  try {
    await client.subscribe(channel, ring);
  } catch (error) {
    if (!isMemoryFull(error)) throw error;
    void listenLater(client, channel, ring, closing);
  }
}

async function listenLater(...[client, channel, ring, closing]: Parameters<typeof listen>): Promise<void> {
  await sleep(againMs, closing);
  if (closing.aborted || !client.isReady) return;
  // The next connection learns the reason.
  await listen(client, channel, ring, closing).catch(() => client.destroy());
}
