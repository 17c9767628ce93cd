import { within } from "../lib/within.ts";
import { errorFields, type Log } from "../log.ts";

/** What a part tells; null if it does not within so many ms: what the others tell shall not wait for it, or be lost with it. */
export async function askOrNull<T>(
  part: string,
  ask: () => Promise<T>,
  { log, patienceMs }: { readonly log: Log; readonly patienceMs: number },
): Promise<T | null> {
  try {
    return (await within(patienceMs, ask())) ?? null;
  } catch (error) {
    log.warn("api.unavailable", { part, ...errorFields(error) });
    return null;
  }
}
