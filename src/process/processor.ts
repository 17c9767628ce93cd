import type { Message } from "../event/message.ts";
import { errorFields, type Log } from "../log.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { sleep } from "../lib/async/sleep.ts";
import { within } from "../lib/async/within.ts";
import type { Queue } from "../queue/queue.ts";
import { backoff } from "./runs/backoff.ts";
import { HandlerTable, type Handlers } from "./handlers.ts";
import { AnsweredTime } from "./lanes/answered-time.ts";
import { LastingTroubles } from "./lasting-troubles.ts";
import { persist } from "./persist.ts";
import { Pipeline } from "./pipeline.ts";
import { Running } from "./runs/running.ts";
import { rareLog } from "../lib/rare-log.ts";
import { Shares } from "./share/shares.ts";
import { askAgainMs } from "./slots.ts";

export interface ProcessorOptions {
  /** Handlers that may run at the same time. */
  readonly concurrency: number;
  /** How long a handler may take, in ms. */
  readonly handlerTimeoutMs: number;
  /** Attempts before an event becomes a dead letter. */
  readonly maxAttempts: number;
  /** Wait after the first failure, in ms; it doubles with each. */
  readonly backoffMinMs: number;
  /** Longest wait between attempts, in ms. */
  readonly backoffMaxMs: number;
  /** Lease of the queue, in ms; it is extended in time for what takes longer. */
  readonly leaseMs: number;
}

/** How a run of a handler may end. */
export const attemptOutcomes = ["handled", "retry", "dead"] as const;

export interface ProcessorParts {
  readonly queue: Queue;
  readonly ledger: Ledger;
  readonly handlers: Handlers;
  readonly log: Log;
  /** The time that runs are stamped with, in ms since 1970. Default: the machine's. */
  readonly now?: () => number;
  /** From 0 up to 1, for the waits between attempts. Default: `Math.random`. */
  readonly random?: () => number;
  /** Told of each run of a handler, for metrics. */
  readonly onAttempt?: (outcome: (typeof attemptOutcomes)[number], seconds: number) => void;
  /** Told of each event before its handler runs for the first time; must not throw. */
  readonly onFirstRun?: (message: Message) => void;
}

/** Messages taken from the queue at once. */
const batch = 2_000;
/** If there was no room for more of them for this long, room is made; in ms. */
const crowdedMs = 1_000;
/** A trouble that thousands of events meet at once is logged once in this time, in ms. */
const troubleMs = 10_000;

/** Takes events from the queue, drops duplicates and obsolete ones, runs handlers, retries, gives up. */
export class Processor {
  readonly #queue: Queue;
  readonly #trouble: Log;
  readonly #extending: LastingTroubles;
  readonly #newPipeline: (givingUp: AbortSignal) => Pipeline;
  readonly #stop = new AbortController();
  readonly #heartbeat: NodeJS.Timeout;
  readonly #shares: Shares;
  readonly #loops: Promise<unknown>;
  readonly #running: Running;
  readonly #answered = new AnsweredTime(() => performance.now());
  #pipeline: Pipeline;
  /** Ends the pipeline in use. */
  #giveUp = new AbortController();
  #closed: Promise<void> | undefined;

  /** Begins at once. */
  constructor(parts: ProcessorParts, options: ProcessorOptions) {
    const { now = Date.now, random = Math.random } = parts;
    this.#queue = parts.queue;
    this.#trouble = rareLog(parts.log, troubleMs, Date.now);
    this.#extending = new LastingTroubles(parts.log);
    this.#running = new Running(parts.log);
    const pipelineParts = {
      ...parts,
      now,
      trouble: this.#trouble,
      running: this.#running,
      handlers: new HandlerTable(parts.handlers),
      concurrency: options.concurrency,
      timeoutMs: options.handlerTimeoutMs,
      maxAttempts: options.maxAttempts,
      delayAfter: (run: number) =>
        backoff(run, { minMs: options.backoffMinMs, maxMs: options.backoffMaxMs }, random),
      mayBegin: () => this.#shares.mayBegin(),
      answeredMs: () => this.#answered.ms,
      stopping: this.#stop.signal,
    };
    this.#newPipeline = (givingUp) => new Pipeline({ ...pipelineParts, givingUp });
    this.#pipeline = this.#newPipeline(this.#giveUp.signal);
    this.#heartbeat = setInterval(() => void this.#extendLeases(), options.leaseMs / 3);
    this.#shares = new Shares({
      ...parts,
      enter: (shards) => this.#pipeline.enter(shards),
      leave: (shards) => this.#pipeline.leave(shards),
      finish: () => this.#pipeline.finish(),
      abandon: () => this.#abandon(),
      trouble: this.#trouble,
      stopping: this.#stop.signal,
    });
    this.#loops = Promise.all([this.#shares.run(), this.#shares.known.then(() => this.#run())]);
  }

  /**
   * Takes no more events, and lets the handlers that run finish. What has not finished after `graceMs` is left: it stays
   * in the queue and is handled again after the next start.
   */
  close(graceMs = 5_000): Promise<void> {
    this.#closed ??= this.#close(graceMs);
    return this.#closed;
  }

  async #close(graceMs: number): Promise<void> {
    this.#stop.abort();
    const done = Promise.all([this.#loops, this.#pipeline.close()]);
    await within(
      graceMs,
      done.then(() => this.#pipeline.giveBack()),
    );
    this.#running[Symbol.dispose]();
    this.#giveUp.abort(new Error("Hookwell is stopping."));
    clearInterval(this.#heartbeat);
  }

  /**
   * What is under way belongs to other processes now: its handlers are told, and a new pipeline takes what is ours from
   * here on.
   */
  #abandon(): void {
    const old = this.#pipeline;
    this.#giveUp.abort(new Error("Another process handles this event now."));
    this.#giveUp = new AbortController();
    this.#pipeline = this.#newPipeline(this.#giveUp.signal);
    void old.close();
  }

  async #run(): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      await this.#room();
      if (!this.#shares.mayBegin()) {
        // What came now could be another worker's already, and would only be kept from it.
        await sleep(askAgainMs, signal);
        continue;
      }
      const deliveries = await persist(
        () => this.#answered.of(this.#queue.receive(batch, signal)),
        "queue.receive_failed",
        this.#trouble,
        signal,
      );
      // The queue is closed, or this processor is to stop.
      if (deliveries === undefined) return;
      // The pipeline in use now: in one that was abandoned meanwhile they would be lost until their leases end; this
      // one asks the ledger first.
      for (const delivery of deliveries) this.#pipeline.take(delivery);
    }
  }

  async #room(): Promise<void> {
    const pipeline = this.#pipeline;
    const room = pipeline.inFlight.room().then(() => true);
    while ((await within(crowdedMs, room)) === undefined) pipeline.makeRoom();
  }

  async #extendLeases(): Promise<void> {
    const deliveries = this.#pipeline.inFlight.all();
    if (deliveries.length === 0) return;
    try {
      await this.#queue.extend(deliveries);
      this.#extending.over();
    } catch (error) {
      this.#extending.met("warn", "queue.extend_failed", errorFields(error));
    }
  }
}
