import { setTimeout as sleep } from "node:timers/promises";
import type { Hookwell } from "./hookwell.ts";

/** A process that hangs does not answer; how long to wait for it, in ms. */
const patienceMs = 3_000;

/** How often readiness is asked for, in ms. */
const everyMs = 10;

/**
 * Waits until all processes say that they are ready.
 *
 * @returns how long that took, in ms
 * @throws {Error} if it takes longer than `withinMs`, or a process has given up
 */
export async function untilReady({ services, endpoints, api }: Hookwell, withinMs: number): Promise<number> {
  const startedAt = performance.now();
  for (;;) {
    const ready = await Promise.all([...new Set([...endpoints, api])].map(readsReady));
    const tookMs = performance.now() - startedAt;
    if (ready.every(Boolean)) return tookMs;
    const gaveUp = services.map((service) => service.gaveUp).find((said) => said !== undefined);
    if (gaveUp !== undefined)
      throw new Error(`It ended with exit code 2, after which nobody starts it: ${gaveUp}`);
    if (tookMs > withinMs) {
      const said = services.flatMap(({ child }) => child?.lines.slice(-3) ?? ["(not running)"]);
      throw new Error(`It is not ready after ${Math.round(tookMs)} ms: ${said.join("\n")}`);
    }
    await sleep(everyMs);
  }
}

/** True if the process behind this address says that it is ready. */
async function readsReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(new URL("/readyz", url), { signal: AbortSignal.timeout(patienceMs) });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // Nobody there, or nobody who answers.
  }
}
