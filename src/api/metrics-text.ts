import { Counter, Gauge, Registry, type Histogram } from "prom-client";
import type { LedgerStats } from "../ledger/record.ts";
import type { QueueDepth } from "../queue/driver.ts";
import type { SecretUse } from "./contract.ts";
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
  readonly residentBytes: number;
  /** Seconds. */
  readonly lag: { readonly p99: number; readonly max: number };
}

/** The page of one moment. Its registry is new each time, so that nothing of an older page is left in it. */
export function metricsText(numbers: Numbers): Promise<string> {
  const page = new Page();
  page.counter("replies_total", "Answers to the sender, by kind.", "kind", numbers.replies.counts);
  page.histogram("receive_seconds", "Time from a complete request to its answer.", numbers.receive);
  page.counter("attempts_total", "Runs of handlers, by outcome.", "outcome", numbers.attempts.counts);
  page.histogram("handler_seconds", "Time from a handler's start to its end.", numbers.handler);
  addParts(page, numbers);
  page.gauge("process_resident_memory_bytes", "Memory of this process.", numbers.residentBytes);
  const since = "since the last request for metrics, in seconds.";
  page.gauge(
    "event_loop_lag_p99_seconds",
    `99th percentile of the event loop's delay ${since}`,
    numbers.lag.p99,
  );
  page.gauge("event_loop_lag_max_seconds", `Longest delay of the event loop ${since}`, numbers.lag.max);
  return page.text();
}

function addParts(page: Page, { queue, ledger, quarantine, secrets }: Numbers): void {
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
    page.total("duplicates_total", "Repeats that were dropped.", ledger.value.duplicates);
  }
  if (quarantine?.kind === "done")
    page.gauge("quarantine_requests", "Refused requests kept.", quarantine.value);
  if (secrets?.kind === "done") {
    const hits = new Map(secrets.value.map(({ name, hits }) => [name, hits]));
    page.counter("secret_hits_total", "Requests signed with a secret, by its name.", "secret", hits);
  }
}

class Page {
  readonly #registry = new Registry();

  gauge(name: string, help: string, value: number): void {
    new Gauge(this.#named(name, help)).set(value);
  }

  gauges(name: string, help: string, label: string, values: ReadonlyMap<string, number>): void {
    const gauge = new Gauge({ ...this.#named(name, help), labelNames: [label] });
    for (const [word, value] of values) gauge.set({ [label]: word }, value);
  }

  total(name: string, help: string, value: number): void {
    new Counter(this.#named(name, help)).inc(value);
  }

  counter(name: string, help: string, label: string, values: ReadonlyMap<string, number>): void {
    const counter = new Counter({ ...this.#named(name, help), labelNames: [label] });
    for (const [word, value] of values) counter.inc({ [label]: word }, value);
  }

  histogram(name: string, help: string, buckets: Buckets): void {
    const full = `hookwell_${name}`;
    const counts = buckets.cumulative;
    const count = counts.at(-1) ?? 0;
    const values = [
      ...buckets.bounds.map((le, index) => ({
        metricName: `${full}_bucket`,
        labels: { le },
        value: counts[index],
      })),
      { metricName: `${full}_bucket`, labels: { le: "+Inf" }, value: count },
      { metricName: `${full}_sum`, labels: {}, value: buckets.sum },
      { metricName: `${full}_count`, labels: {}, value: count },
    ];
    const metric = { name: full, help, get: async () => ({ name: full, help, type: "histogram", values }) };
    // The library's own histogram costs the hot path ten times as much as ours, and this is all that its registry asks
    // of a metric.
    this.#registry.registerMetric(metric as unknown as Histogram);
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  #named(name: string, help: string): { name: string; help: string; registers: Registry[] } {
    return { name: `hookwell_${name}`, help, registers: [this.#registry] };
  }
}
