/** Begins a request on a free connection; the time is when it was to begin. */
export type Begin<Lane> = (lane: Lane, dueAt: number) => void;

/** Decides when a connection that is free sends its next request. */
export interface Pace<Lane> {
  free(lane: Lane): void;
  stop(): void;
}

/** The next request as soon as one is answered: what the server can do at most. */
export function fullPace<Lane>(begin: Begin<Lane>): Pace<Lane> {
  return { free: (lane) => begin(lane, performance.now()), stop: () => undefined };
}

/**
 * Requests on time, whether or not answers come. One that finds no free connection waits for it, and its wait counts,
 * so that a server that stalls cannot hide it.
 */
export function steadyPace<Lane>(perSecond: number, begin: Begin<Lane>): Pace<Lane> {
  const startedAt = performance.now();
  const free: Lane[] = [];
  const late: number[] = [];
  let begun = 0;
  const tick = (): void => {
    for (;;) {
      // At whole milliseconds, since timers know no finer ones.
      const dueAt = startedAt + Math.ceil((begun * 1_000) / perSecond);
      if (dueAt > performance.now()) return;
      begun += 1;
      const lane = free.pop();
      if (lane === undefined) late.push(dueAt);
      else begin(lane, dueAt);
    }
  };
  const timer = setInterval(tick, 1);
  return {
    free: (lane) => {
      const dueAt = late.shift();
      if (dueAt === undefined) free.push(lane);
      else begin(lane, dueAt);
    },
    stop: () => clearInterval(timer),
  };
}
