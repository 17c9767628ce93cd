import { OnceAMinute } from "../lib/once-a-minute.ts";
import type { Log } from "../log.ts";

const cures = {
  unsigned:
    "set the secret of this receiver at the sender, which signs with it; `hookwell quarantine list` shows the requests",
  mismatch:
    "set the same secret on both sides; `hookwell quarantine list` shows the requests, `hookwell doctor signature --quarantine ID` says what is wrong with one",
} as const;

/** Tells of requests that are answered with 401: who has set a wrong secret looks for them here first. */
export class Refusals {
  readonly #log: Log;
  readonly #met: Readonly<Record<keyof typeof cures, OnceAMinute>>;

  constructor(log: Log, now: () => number) {
    this.#log = log;
    this.#met = { unsigned: new OnceAMinute(now), mismatch: new OnceAMinute(now) };
  }

  met(kind: keyof typeof cures): void {
    const refused = this.#met[kind].met();
    if (refused !== undefined) this.#log.warn("receive.refused", { kind, refused, cure: cures[kind] });
  }
}
