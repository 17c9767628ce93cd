import type { Log } from "../log.ts";

/** A line for each request would let anybody fill the disk. In ms. */
const repeatMs = 60_000;

const cures = {
  unsigned:
    "set the secret of this receiver at the sender, which signs with it; `hookwell quarantine list` shows the requests",
  mismatch:
    "set the same secret on both sides; `hookwell quarantine list` shows the requests, `hookwell doctor signature --quarantine ID` says what is wrong with one",
} as const;

type Kind = keyof typeof cures;

/** Tells of requests that are answered with 401: who has set a wrong secret looks for them here first. */
export class Refusals {
  readonly #log: Log;
  readonly #now: () => number;
  /** Since the last line of this kind. */
  readonly #refused = { unsigned: 0, mismatch: 0 };
  readonly #loggedAt: Partial<Record<Kind, number>> = {};

  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#now = now;
  }

  met(kind: Kind): void {
    this.#refused[kind] += 1;
    const [now, loggedAt] = [this.#now(), this.#loggedAt[kind]];
    if (loggedAt !== undefined && Math.abs(now - loggedAt) < repeatMs) return;
    this.#loggedAt[kind] = now;
    this.#log.warn("receive.refused", { kind, refused: this.#refused[kind], cure: cures[kind] });
    this.#refused[kind] = 0;
  }
}
