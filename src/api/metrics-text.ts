import type { LedgerStats } from "../ledger/record.ts";
import type { QueueDepth } from "../queue/driver.ts";
import type { SecretUse } from "./contract.ts";
import { PrometheusText } from "./prometheus-text.ts";
import type { Reply } from "./reply-within.ts";
import type { Buckets, Tally } from "./tally.ts";

/** All numbers of one moment. A part that is `undefined` is not there; one that did not answer is down. */
interface Numbers {
  readonly replies: Tally;
  readonly attempts: Tally;
  readonly receive: Buckets;
  readonly handler: Buckets;
  readonly queue: Reply<QueueDepth>;
  readonly ledger: Reply<LedgerStats> | undefined;
  readonly quarantine: Reply<number> | undefined;
  readonly secrets: Reply<readonly SecretUse[]> | undefined;
  /** Bytes. */
  readonly room: Reply<number> | undefined;
  readonly residentBytes: number;
  /** Seconds. */
  readonly lag: { readonly p99: number; readonly max: number };
}

/** The page of one moment. */
export function metricsText(numbers: Numbers): string {
  const page = new PrometheusText();
  page.counters("replies_total", "Answers to the sender, by kind.", "kind", numbers.replies.counts);
  page.histogram("receive_seconds", "Time from a complete request to its answer.", numbers.receive);
  page.counters("attempts_total", "Runs of handlers, by outcome.", "outcome", numbers.attempts.counts);
  page.histogram("handler_seconds", "Time from a handler's start to its end.", numbers.handler);
  addParts(page, numbers);
  const room = "Free bytes of the data folder's disk; 0 if it cannot be written, or does not answer.";
  if (numbers.room !== undefined)
    page.gauge("data_room_bytes", room, numbers.room.kind === "done" ? numbers.room.value : 0);
  page.gauge("process_resident_memory_bytes", "Memory of this process.", numbers.residentBytes);
  const since = "since the last request for metrics, in seconds.";
  page.gauge(
    "event_loop_lag_p99_seconds",
    `99th percentile of the event loop's delay ${since}`,
    numbers.lag.p99,
  );
  page.gauge("event_loop_lag_max_seconds", `Longest delay of the event loop ${since}`, numbers.lag.max);
  return page.toString();
}

function addParts(page: PrometheusText, { queue, ledger, quarantine, secrets }: Numbers): void {
  const parts = { queue, ledger, quarantine };
  const up = new Map<string, number>();
  for (const [part, reply] of Object.entries(parts)) {
    if (reply !== undefined) up.set(part, reply.kind === "done" ? 1 : 0);
  }
  // Then the server of the queue does not tell all that it has.
  if (queue.kind === "done" && queue.value.isAway === true) up.set("queue", 0);
  page.gauges("up", "1 if the part answered, otherwise 0.", "part", up);
  if (queue.kind === "done") {
    const help = "Messages that were received and are not settled yet.";
    page.gauge("queue_messages", help, queue.value.messages);
    const waiting = "Those of them that wait on this machine for the queue server.";
    page.gauge("queue_spilled_messages", waiting, queue.value.spilled ?? 0);
    page.gauge("queue_oldest_age_seconds", "Age of the oldest message.", queue.value.oldestAgeMs / 1_000);
  }
  if (ledger?.kind === "done") {
    page.gauges("events", "Events by status.", "status", new Map(Object.entries(ledger.value.events)));
    page.counter("duplicates_total", "Repeats that were dropped.", ledger.value.duplicates);
  }
  if (quarantine?.kind === "done")
    page.gauge("quarantine_requests", "Refused requests kept.", quarantine.value);
  if (secrets?.kind === "done") {
    const hits = new Map(secrets.value.map(({ name, hits }) => [name, hits]));
    page.counters("secret_hits_total", "Requests signed with a secret, by its name.", "secret", hits);
  }
}
