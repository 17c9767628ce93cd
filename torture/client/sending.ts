import { sleep } from "../../src/lib/async/sleep.ts";
import { oneIn, pick } from "../../src/lib/random.ts";
import type { Violation } from "../oracle/facts.ts";
import { attempt, connections, type Answer, type Manner } from "./attempt.ts";
import type { Delivery } from "../../test/support/events/deliveries.ts";
import { waitAfter } from "./schedule.ts";

export interface Habits {
  /** Deliveries under way at once. */
  readonly clients: number;
  /** About one attempt in so many is cut off, or its answer not heard. */
  readonly hangUpOneIn: number;
  /** Waits between two deliveries of a client, in ms. */
  readonly pauseMs: number;
  /** How much faster than the real one the sender's day passes. */
  readonly timeScale: number;
}

export interface SendingOptions extends Habits {
  /** Each attempt goes to one of them. */
  readonly urls: readonly string[];
  readonly random: () => number;
  readonly onAcknowledged: (delivery: Delivery) => void;
  readonly onViolation: (violation: Violation) => void;
}

/** What became of attempts, counted. */
export type Tally = Readonly<Record<"acknowledged" | "refused" | "late" | "none" | "hungUp", number>>;

/** Deliveries on their way, each repeated on the sender's schedule until it is acknowledged. */
export class Sending {
  readonly #options: SendingOptions;
  readonly #left: Delivery[];
  readonly #tally = { acknowledged: 0, refused: 0, late: 0, none: 0, hungUp: 0 };
  readonly #waiting = new Set<() => void>();
  readonly #stop = new AbortController();
  /** Resolves when every delivery is acknowledged, or given up. */
  readonly done: Promise<void>;

  constructor(deliveries: readonly Delivery[], options: SendingOptions) {
    this.#options = options;
    this.#left = [...deliveries];
    const agent = connections(options.clients);
    const clients = Array.from({ length: options.clients }, () => this.#client(agent));
    this.done = Promise.all(clients).then(() => agent.destroy());
  }

  /** Ends what is not acknowledged yet. */
  stop(): void {
    this.#stop.abort();
  }

  get tally(): Tally {
    return this.#tally;
  }

  /** Resolves when this holds for the tally, or all are done. */
  async until(condition: (tally: Tally) => boolean): Promise<void> {
    const end = this.done.then(() => true);
    const change = (): Promise<false> => new Promise((resolve) => this.#waiting.add(() => resolve(false)));
    while (!condition(this.#tally)) if (await Promise.race([end, change()])) return;
  }

  async #client(agent: ReturnType<typeof connections>): Promise<void> {
    for (let next = this.#left.shift(); next !== undefined; next = this.#left.shift()) {
      await this.#deliver(next, agent);
      await sleep(this.#options.pauseMs);
    }
  }

  async #deliver(delivery: Delivery, agent: ReturnType<typeof connections>): Promise<void> {
    const { timeScale, onViolation } = this.#options;
    const { signal } = this.#stop;
    for (let failures = 1; !signal.aborted; failures += 1) {
      const manner = this.#manner();
      const answer = await attempt(this.#url(), agent, delivery.body, manner);
      if (this.#isOver(delivery, answer, manner)) return;
      const waitMs = waitAfter(failures, timeScale);
      if (waitMs === undefined) {
        return onViolation({ rule: "answer", text: `The sender gave up after ${failures} attempts.` });
      }
      await sleep(waitMs, signal);
    }
  }

  #isOver(delivery: Delivery, answer: Answer, manner: Manner): boolean {
    const { onAcknowledged, onViolation } = this.#options;
    const count = delivery.events.length;
    const isAnswer = answer.kind === "answer";
    if (isAnswer && answer.status >= 200 && answer.status < 300) {
      this.#count("acknowledged");
      if (answer.accepted !== count) {
        onViolation({ rule: "answer", text: `${String(answer.accepted)} of ${count} events were accepted.` });
      }
      onAcknowledged(delivery);
      return true;
    }
    this.#count(manner === "whole" ? (isAnswer ? "refused" : answer.kind) : "hungUp");
    // To these the sender never comes back.
    if (!isAnswer || (answer.status !== 400 && answer.status !== 401)) return false;
    onViolation({ rule: "answer", text: `A good delivery was refused for ever, with ${answer.status}.` });
    return true;
  }

  #url(): string {
    const { urls, random } = this.#options;
    return (urls.length === 1 ? urls[0] : pick(random, urls)) ?? "";
  }

  #manner(): Manner {
    const { random, hangUpOneIn } = this.#options;
    if (!oneIn(random, hangUpOneIn)) return "whole";
    return oneIn(random, 2) ? "cut" : "deaf";
  }

  #count(kind: keyof Tally): void {
    this.#tally[kind] += 1;
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }
}
