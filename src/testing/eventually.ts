import { setTimeout as sleep } from "node:timers/promises";

/**
 * Waits for a fact: asks again until `check` no longer throws.
 *
 * @param withinMs how long to ask at most, in ms; what the last try threw is thrown after that
 */
export async function eventually<T>(check: () => T | Promise<T>, withinMs = 9_000): Promise<T> {
  const end = performance.now() + withinMs;
  for (;;) {
    try {
      return await check();
    } catch (error) {
      if (performance.now() >= end) throw error;
    }
    await sleep(10);
  }
}

/** How long a call took, in ms, and what it gave. */
export async function timed<T>(call: () => Promise<T>): Promise<{ readonly ms: number; readonly value: T }> {
  const start = performance.now();
  const value = await call();
  return { ms: performance.now() - start, value };
}
