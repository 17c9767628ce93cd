import { monitorEventLoopDelay } from "node:perf_hooks";
import type { Ledger } from "../../ledger/ledger.ts";
import { ownManifest } from "../../lib/own-manifest.ts";
import { shared } from "../../lib/async/shared.ts";
import { within } from "../../lib/async/within.ts";
import type { Queue } from "../../queue/queue.ts";
import type { SecretUse } from "../contract.ts";
import { metricsText } from "./metrics-text.ts";
import type { QuarantinePort } from "../parts.ts";
import { processNumbers } from "./process-numbers.ts";
import { prometheusType } from "./prometheus-text.ts";
import { Buckets, Tally } from "./tally.ts";

/** Where the numbers come from; what a process does not have is left out, and so are its metrics. */
export interface MetricsParts {
  readonly queue: Pick<Queue, "depth">;
  readonly ledger?: Pick<Ledger, "stats">;
  readonly quarantine: Pick<QuarantinePort, "count">;
  readonly secretUse: () => Promise<readonly SecretUse[]>;
  /** Bytes that may still be written into the data folder. */
  readonly room: () => Promise<number>;
  /** The rows of the answers to the sender. */
  readonly replyKinds?: readonly string[];
  /** How a handler's run may end. */
  readonly outcomes?: readonly string[];
  /** Events that are not as their schemas say, by one of a fixed few kinds. */
  readonly drift?: () => ReadonlyMap<string, number>;
}

export interface Metrics {
  /** The page, for `GET /metrics`. Comes within 2 s even if a part hangs; then without its numbers. */
  text(): Promise<string>;
  readonly contentType: string;
  /**
   * @param reply the row of the answer to the sender, of a fixed few, and the events that it accepted
   * @param seconds from the whole request to its answer
   */
  onReply(reply: { readonly kind: string; readonly events: number }, seconds: number): void;
  /**
   * @param outcome how a handler's run ended, of a fixed few
   * @param seconds from the handler's start to its end
   */
  onAttempt(outcome: string, seconds: number): void;
}

const receiveBounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const handlerBounds = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60];

/** How long a part may take, in ms. */
const patienceMs = 1_500;
/** How often the event loop is looked at, in ms. */
const lagResolutionMs = 20;

/**
 * Counts what happens in this process, and tells it in the format of Prometheus. Recording costs some ten
 * nanoseconds. Labels are few and fixed: never a name, an entity or anything else that comes from outside.
 */
export function createMetrics(parts: MetricsParts): Metrics {
  const { ledger, replyKinds, outcomes } = parts;
  const received = { replies: new Tally(replyKinds), events: 0, seconds: new Buckets(receiveBounds) };
  const handled = { attempts: new Tally(outcomes), seconds: new Buckets(handlerBounds) };
  const lag = lagMeter();
  const ofProcess = processNumbers();
  const { version } = ownManifest();
  const ask = {
    queue: shared(() => parts.queue.depth()),
    ledger: ledger && shared(() => ledger.stats()),
    quarantine: shared(() => parts.quarantine.count()),
    secrets: shared(() => parts.secretUse()),
    room: shared(() => parts.room()),
  };
  return {
    contentType: prometheusType,
    text: async () => {
      const [queue, stats, quarantine, secrets, room] = await Promise.all([
        orNull(ask.queue()),
        ask.ledger && orNull(ask.ledger()),
        orNull(ask.quarantine()),
        orNull(ask.secrets()),
        orNull(ask.room()),
      ]);
      return metricsText({
        version,
        received: replyKinds && received,
        handled: outcomes && handled,
        drift: parts.drift?.(),
        queue,
        ledger: stats,
        quarantine,
        secrets,
        room,
        process: await ofProcess(),
        lag: lag(),
      });
    },
    onReply: ({ kind, events }, seconds) => {
      received.replies.add(kind);
      received.events += events;
      received.seconds.add(seconds);
    },
    onAttempt: (outcome, seconds) => {
      handled.attempts.add(outcome);
      handled.seconds.add(seconds);
    },
  };
}

/** Null if it fails, or does not come in time. */
const orNull = async <T>(answer: Promise<T>): Promise<T | null> =>
  (await within(patienceMs, answer).catch(() => undefined)) ?? null;

/** How late the event loop was since the last call, in seconds. */
function lagMeter(): () => { readonly p99: number; readonly max: number } {
  const delay = monitorEventLoopDelay({ resolution: lagResolutionMs });
  delay.enable();
  // It measures from one tick to the next, so a loop that is never late shows the resolution itself.
  const late = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - lagResolutionMs / 1e3);
  return () => {
    const seen = delay.count === 0 ? { p99: 0, max: 0 } : { p99: delay.percentile(99), max: delay.max };
    delay.reset();
    return { p99: late(seen.p99), max: late(seen.max) };
  };
}
