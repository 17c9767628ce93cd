import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { ownManifest } from "../../lib/own-manifest.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

afterEach(() => {
  vi.useRealTimers();
});

const queue = { depth: async () => ({ messages: 7, oldestAgeMs: 1_500 }) };
const ledger = {
  stats: async () => ({
    events: { pending: 1, retrying: 2, handled: 30, obsolete: 4, dead: 5 },
    duplicates: 6,
  }),
};
const quarantine = { count: async (): Promise<number> => 9 };
const secretUse = async (): Promise<{ name: string; hits: number; lastUsedAt: null }[]> => [
  { name: 'old"one', hits: 11, lastUsedAt: null },
];
const parts = { queue, quarantine, secretUse, room: async () => 4_096 };

const linesOf = async (metrics: Metrics): Promise<string[]> =>
  (await metrics.text()).split("\n").filter((line) => line !== "" && !line.startsWith("#"));

test("the parts of a process are told", async () => {
  const drift = (): ReadonlyMap<string, number> => new Map([["unknown_name", 3]]);
  const metrics = createMetrics({ ...parts, ledger, drift });

  const lines = await linesOf(metrics);

  expect(lines).toEqual(
    expect.arrayContaining([
      'hookwell_drift_events_total{kind="unknown_name"} 3',
      'hookwell_up{part="queue"} 1',
      "hookwell_queue_messages 7",
      "hookwell_queue_oldest_age_seconds 1.5",
      'hookwell_events{status="retrying"} 2',
      'hookwell_events{status="dead"} 5',
      "hookwell_duplicates_total 6",
      "hookwell_quarantine_requests 9",
      "hookwell_data_room_bytes 4096",
      String.raw`hookwell_secret_hits_total{secret="old\"one"} 11`,
      expect.stringMatching(/^process_resident_memory_bytes \d{7,}$/),
      expect.stringMatching(/^hookwell_event_loop_lag_max_seconds [\d.e-]+$/),
      `hookwell_build_info{version="${ownManifest().version}"} 1`,
      expect.stringMatching(/^process_cpu_seconds_total [\d.]+$/),
      expect.stringMatching(/^process_start_time_seconds \d+(\.\d+)?$/),
    ]),
  );
});

test.skipIf(process.platform !== "linux")("files that are open are told, and their limit", async () => {
  const lines = await linesOf(createMetrics({ ...parts, ledger }));

  const names = lines.map((line) => line.replace(/ \d+$/, ""));
  expect(names).toEqual(expect.arrayContaining(["process_open_fds", "process_max_fds"]));
});

test("how late the event loop was is told once, on the next page", async () => {
  const metrics = createMetrics({ ...parts, ledger });
  const lag = async (): Promise<number> => {
    const line = (await linesOf(metrics)).find((each) =>
      each.startsWith("hookwell_event_loop_lag_max_seconds"),
    );
    return Number(line?.split(" ")[1]);
  };
  await lag();
  // A delay is the time from one tick to the next.
  await sleep(50);

  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400);
  await sleep(50);

  expect(await lag()).toBeGreaterThan(0.3);
  expect(await lag()).toBeLessThan(0.3);
});

test("what happened is counted, and counted on from page to page", async () => {
  const metrics = createMetrics({ ...parts, replyKinds: [], outcomes: [] });
  metrics.onReply({ kind: "accepted", events: 500 }, 0.1);
  metrics.onReply({ kind: "empty", events: 0 }, 0.1);
  metrics.onAttempt("failed", 0.1);
  await metrics.text();

  metrics.onReply({ kind: "accepted", events: 3 }, 0.1);
  const lines = await linesOf(metrics);

  expect(lines).toContain('hookwell_replies_total{kind="accepted"} 2');
  expect(lines).toContain("hookwell_accepted_events_total 503");
  expect(lines).toContain('hookwell_attempts_total{outcome="failed"} 1');
});

test("what has not happened yet is told as 0, so that the first time is seen", async () => {
  const metrics = createMetrics({ ...parts, replyKinds: ["accepted", "unavailable"], outcomes: ["dead"] });
  metrics.onReply({ kind: "accepted", events: 1 }, 0.1);

  const lines = await linesOf(metrics);

  expect(lines).toContain('hookwell_replies_total{kind="accepted"} 1');
  expect(lines).toContain('hookwell_replies_total{kind="unavailable"} 0');
  expect(lines).toContain('hookwell_attempts_total{outcome="dead"} 0');
});

test("times are told as a histogram", async () => {
  const metrics = createMetrics({ ...parts, replyKinds: [], outcomes: [] });

  for (const seconds of [0.0004, 0.0005, 0.003, 99])
    metrics.onReply({ kind: "accepted", events: 1 }, seconds);
  metrics.onAttempt("handled", 0.02);
  const text = await metrics.text();

  expect(text).toContain("# TYPE hookwell_receive_seconds histogram");
  expect(text).toContain('hookwell_receive_seconds_bucket{le="0.0005"} 2\n');
  expect(text).toContain('hookwell_receive_seconds_bucket{le="0.005"} 3\n');
  expect(text).toContain('hookwell_receive_seconds_bucket{le="10"} 3\n');
  expect(text).toContain('hookwell_receive_seconds_bucket{le="+Inf"} 4\n');
  expect(text).toContain("hookwell_receive_seconds_count 4\n");
  expect(text).toMatch(/hookwell_receive_seconds_sum 99\.0039\d*\n/);
  expect(text).toContain('hookwell_handler_seconds_bucket{le="0.05"} 1\n');
});

test("a process without a ledger has no numbers of one", async () => {
  const metrics = createMetrics(parts);

  const text = await metrics.text();

  expect(text).not.toMatch(/ledger|hookwell_events|duplicates/);
});

test("a process that only handles events has no numbers of requests, and one that only receives none of handlers", async () => {
  const worker = await createMetrics({ ...parts, ledger, outcomes: ["dead"] }).text();
  const receiver = await createMetrics({ ...parts, replyKinds: ["accepted"] }).text();

  expect(worker).toContain("hookwell_handler_seconds");
  expect(worker).not.toMatch(/hookwell_(replies|accepted|receive)/);
  expect(receiver).toContain("hookwell_receive_seconds");
  expect(receiver).not.toMatch(/hookwell_(attempts|handler)/);
});

test("a queue whose server is away is down, and what waits on this machine is told", async () => {
  const depth = async () => ({ messages: 3, oldestAgeMs: 10, spilled: 3, isAway: true });

  const lines = await linesOf(createMetrics({ ...parts, queue: { depth } }));

  expect(lines).toContain('hookwell_up{part="queue"} 0');
  expect(lines).toContain("hookwell_queue_spilled_messages 3");
});

test("a part that fails or hangs is down, and the page comes without its numbers", async () => {
  vi.useFakeTimers();
  const failing = { depth: vi.fn<typeof queue.depth>().mockRejectedValue(new Error("disk is full")) };
  const hanging = { stats: (): Promise<never> => new Promise(() => undefined) };
  const metrics = createMetrics({ ...parts, queue: failing, ledger: hanging });

  const page = linesOf(metrics);
  await vi.advanceTimersByTimeAsync(1_999);
  const lines = await page;

  expect(lines).toContain('hookwell_up{part="queue"} 0');
  expect(lines).toContain('hookwell_up{part="ledger"} 0');
  expect(lines).toContain("hookwell_quarantine_requests 9");
  expect(lines.join("\n")).not.toMatch(/queue_messages|hookwell_events/);
});

test("every name has the prefix of the project or that of any process, and every one a sentence", async () => {
  const metrics = createMetrics({ ...parts, ledger, replyKinds: [], outcomes: [] });

  const text = await metrics.text();

  for (const line of text.split("\n"))
    expect(line).toMatch(
      /^($|# HELP (hookwell|process)_\w+ .+\.$|# TYPE (hookwell|process)_|(hookwell|process)_)/,
    );
  expect(metrics.contentType).toMatch(/^text\/plain; version=0\.0\.4/);
});
