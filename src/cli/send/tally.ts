import { createHistogram, type RecordableHistogram } from "node:perf_hooks";
import { codeOf } from "../../lib/error-code.ts";
import { type Answer, isSuccess } from "./post.ts";

/** What happened to the requests so far. */
export class Tally {
  readonly #latency: RecordableHistogram = createHistogram({ lowest: 1, highest: 600_000_000, figures: 3 });
  readonly statuses: Map<number, number> = new Map();
  readonly errors: Map<string, number> = new Map();
  readonly #startedAt: number;
  /** What the first answer that was no success said. */
  refusal: string | undefined;
  requests = 0;
  events = 0;
  accepted = 0;

  /** @param startedAt ms of a steady clock */
  constructor(startedAt: number) {
    this.#startedAt = startedAt;
  }

  add(answer: Answer, events: number, latencyMs: number): void {
    this.requests += 1;
    this.events += events;
    this.#latency.record(Math.max(1, Math.round(latencyMs * 1_000)));
    if (answer.kind === "error") {
      const code = codeOf(answer.error) ?? answer.error.message;
      this.errors.set(code, (this.errors.get(code) ?? 0) + 1);
      return;
    }
    this.statuses.set(answer.status, (this.statuses.get(answer.status) ?? 0) + 1);
    if (isSuccess(answer.status)) this.accepted += events;
    else this.refusal ??= answer.text;
  }

  /** Requests without a 2xx. */
  get failures(): number {
    const successes = [...this.statuses].filter(([status]) => isSuccess(status));
    return this.requests - successes.reduce((sum, [, count]) => sum + count, 0);
  }

  /** True if there were requests, and all of them got this status. */
  allAre(status: number): boolean {
    return this.requests > 0 && this.statuses.get(status) === this.requests;
  }

  summary(now: number): SendSummary {
    const seconds = Math.max(now - this.#startedAt, 0.001) / 1_000;
    const ms = (microseconds: number): number => Math.round(microseconds) / 1_000;
    const percentile = (percent: number): number => ms(this.#latency.percentile(percent));
    return {
      requests: this.requests,
      events: this.events,
      accepted: this.accepted,
      seconds: Math.round(seconds * 1_000) / 1_000,
      eventsPerSecond: Math.round(this.events / seconds),
      requestsPerSecond: Math.round(this.requests / seconds),
      statuses: Object.fromEntries([...this.statuses].toSorted(([a], [b]) => a - b)),
      errors: Object.fromEntries(this.errors),
      latencyMs:
        this.requests === 0
          ? null
          : {
              min: ms(this.#latency.min),
              p50: percentile(50),
              p90: percentile(90),
              p99: percentile(99),
              max: ms(this.#latency.max),
            },
    };
  }
}

export interface SendSummary {
  readonly requests: number;
  readonly events: number;
  /** Events in requests that were answered with 2xx. */
  readonly accepted: number;
  readonly seconds: number;
  readonly eventsPerSecond: number;
  readonly requestsPerSecond: number;
  /** Status → requests. */
  readonly statuses: Readonly<Record<string, number>>;
  /** Code of the error → requests. */
  readonly errors: Readonly<Record<string, number>>;
  readonly latencyMs: Readonly<Record<"min" | "p50" | "p90" | "p99" | "max", number>> | null;
}
