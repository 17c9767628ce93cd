/**
 * A moment on two clocks. Nobody can set our own, but it stands still while the machine sleeps; that of the machine goes
 * on.
 */
export interface Moment {
  readonly own: number;
  readonly machine: number;
}

export const thisMoment = (): Moment => ({ own: performance.now(), machine: Date.now() });

/** Whether fewer ms than this have passed since then, by both clocks. */
export const isWithin = (ms: number, since: Moment): boolean =>
  performance.now() < since.own + ms && Date.now() < since.machine + ms;
