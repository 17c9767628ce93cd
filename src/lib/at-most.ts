import { sleep } from "./sleep.ts";

/** Waits until it has ended, in whichever way, but so many ms at most. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const patience = new AbortController();
  const ended = (): void => undefined;
  await Promise.race([work.then(ended, ended), sleep(ms, patience.signal)]);
  patience.abort();
}
