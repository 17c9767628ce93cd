import { within } from "../lib/async/within.ts";
import { errorFields, type Log } from "../log.ts";

/**
 * What a part answers; null if it fails or is late, so that the answers of other parts neither wait for it nor are lost
 * with it.
 */
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
