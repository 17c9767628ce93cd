import type { LedgerStats } from "../../ledger/record.ts";
import type { QueueDepth } from "../../queue/driver.ts";
import type { SecretUse } from "../contract.ts";
import type { ProcessNumbers } from "./process-numbers.ts";
import { PrometheusText } from "./prometheus-text.ts";
import type { Buckets, Tally } from "./tally.ts";

/** All numbers of one moment. What is `undefined` is not there; `null` stands for those of a part that did not answer. */
interface Numbers {
  readonly version: string;
  readonly received: Received | undefined;
  readonly handled: Handled | undefined;
  readonly drift: ReadonlyMap<string, number> | undefined;
  readonly queue: QueueDepth | null;
  readonly ledger: LedgerStats | null | undefined;
  readonly quarantine: number | null;
  readonly secrets: readonly SecretUse[] | null;
  /** Bytes. */
  readonly room: number | null;
  readonly process: ProcessNumbers;
  /** Seconds. */
  readonly lag: { readonly p99: number; readonly max: number };
}

interface Received {
  readonly replies: Tally;
  /** Those that were accepted. */
  readonly events: number;
  readonly seconds: Buckets;
}

interface Handled {
  readonly attempts: Tally;
  readonly seconds: Buckets;
}

/** The page of one moment. */
export function metricsText(numbers: Numbers): string {
  const page = new PrometheusText();
  page.gauges(
    "hookwell_build_info",
    "The version of this Hookwell; always 1.",
    "version",
    new Map([[numbers.version, 1]]),
  );
  if (numbers.received !== undefined) addReceived(page, numbers.received);
  if (numbers.handled !== undefined) addHandled(page, numbers.handled);
  if (numbers.drift !== undefined) {
    const help = "Events with an unknown name; of samples, those that are unlike their schema.";
    page.counters("hookwell_drift_events_total", help, "kind", numbers.drift);
  }
  addParts(page, numbers);
  const room = "Free bytes of the data folder's disk; 0 if it cannot be written, or does not answer.";
  page.gauge("hookwell_data_room_bytes", room, numbers.room ?? 0);
  const since = "since the last request for metrics, in seconds.";
  page.gauge(
    "hookwell_event_loop_lag_p99_seconds",
    `99th percentile of the event loop's delay ${since}`,
    numbers.lag.p99,
  );
  page.gauge(
    "hookwell_event_loop_lag_max_seconds",
    `Longest delay of the event loop ${since}`,
    numbers.lag.max,
  );
  addProcess(page, numbers.process);
  return page.toString();
}

function addReceived(page: PrometheusText, { replies, events, seconds }: Received): void {
  page.counters("hookwell_replies_total", "Answers to the sender, by kind.", "kind", replies.counts);
  page.counter("hookwell_accepted_events_total", "Events that were accepted, repeats among them.", events);
  page.histogram("hookwell_receive_seconds", "Time from a complete request to its answer.", seconds);
}

function addHandled(page: PrometheusText, { attempts, seconds }: Handled): void {
  page.counters("hookwell_attempts_total", "Runs of handlers, by outcome.", "outcome", attempts.counts);
  page.histogram("hookwell_handler_seconds", "Time from a handler's start to its end.", seconds);
}

/** Under the names that all programs tell these by, so that dashboards and alerts for any program work here. */
function addProcess(
  page: PrometheusText,
  { cpuSeconds, startedAt, residentBytes, files }: ProcessNumbers,
): void {
  page.counter("process_cpu_seconds_total", "Processor time of this process, in seconds.", cpuSeconds);
  page.gauge("process_start_time_seconds", "When this process started, in seconds since 1970.", startedAt);
  if (residentBytes !== undefined)
    page.gauge("process_resident_memory_bytes", "Memory of this process.", residentBytes);
  if (files === undefined) return;
  page.gauge("process_open_fds", "Files and connections that this process has open.", files.open);
  page.gauge("process_max_fds", "How many it may have open.", files.most);
}

function addParts(page: PrometheusText, { queue, ledger, quarantine, secrets }: Numbers): void {
  const parts = { queue, ledger, quarantine };
  const up = new Map<string, number>();
  for (const [part, answer] of Object.entries(parts)) {
    if (answer !== undefined) up.set(part, answer === null ? 0 : 1);
  }
  // Then the server of the queue does not tell all that it has.
  if (queue?.isAway === true) up.set("queue", 0);
  page.gauges("hookwell_up", "1 if the part answered, otherwise 0.", "part", up);
  if (queue !== null) {
    const help = "Messages that were received and are not settled yet.";
    page.gauge("hookwell_queue_messages", help, queue.messages);
    const waiting = "Those of them that wait on this machine for the queue server.";
    page.gauge("hookwell_queue_spilled_messages", waiting, queue.spilled ?? 0);
    page.gauge("hookwell_queue_oldest_age_seconds", "Age of the oldest message.", queue.oldestAgeMs / 1_000);
  }
  if (ledger) {
    page.gauges("hookwell_events", "Events by status.", "status", new Map(Object.entries(ledger.events)));
    page.counter("hookwell_duplicates_total", "Repeats that were dropped.", ledger.duplicates);
  }
  if (quarantine !== null) page.gauge("hookwell_quarantine_requests", "Refused requests kept.", quarantine);
  if (secrets !== null) {
    const hits = new Map(secrets.map(({ name, hits }) => [name, hits]));
    page.counters(
      "hookwell_secret_hits_total",
      "Requests signed with a secret, by its name.",
      "secret",
      hits,
    );
  }
}
