import { setTimeout as sleep } from "node:timers/promises";

/** Numbers that were seen, and when. */
export type Seen = readonly (readonly [seconds: number, value: number])[];

/** Looks at a number four times a second until it is ended, and once more then. */
export function watch(look: () => Promise<number> | number): { readonly end: () => Promise<Seen> } {
  const startedAt = performance.now();
  const ending = new AbortController();
  const looking = lookOn(look, startedAt, ending.signal);
  // What went wrong is told at the end; until then it must not end the process.
  looking.catch(() => undefined);
  return {
    end: () => {
      ending.abort();
      return looking;
    },
  };
}

async function lookOn(
  look: () => Promise<number> | number,
  startedAt: number,
  ending: AbortSignal,
): Promise<Seen> {
  const seen: [number, number][] = [];
  for (;;) {
    const last = ending.aborted;
    const value = await look();
    seen.push([(performance.now() - startedAt) / 1_000, value]);
    if (last) return seen;
    await sleep(250);
  }
}
