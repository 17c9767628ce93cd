import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { QueueUnavailableError } from "./errors.ts";
import { memoryReport, type EngineReport } from "./lib/engines/engine-report.ts";
import { reportEngines } from "./report-engines.ts";
import { recordedLog } from "./testing/recorded-log.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const warned: EngineReport = { engine: "Redis", durability: "a second", warnings: ["append nothing"] };

/** A queue that does not answer before it was asked this often. */
function queueAway(times: number) {
  let asked = 0;
  const report = async (): Promise<EngineReport> => {
    asked += 1;
    if (asked <= times) throw new QueueUnavailableError("away");
    return warned;
  };
  return { queue: { shards: 16, report }, asked: () => asked };
}

const ledger = { isShared: true, engine: async () => memoryReport };

test("what an operator ought to change is told, also of a server that came later than we", async () => {
  const { log, lines } = recordedLog();
  const { queue } = queueAway(2);

  const told = reportEngines({ queue, ledger }, log, new AbortController().signal);
  await vi.advanceTimersByTimeAsync(0);
  expect(lines.map(({ fact }) => fact)).toEqual(["ledger.engine"]);
  await vi.advanceTimersByTimeAsync(10_000);
  await told;

  expect(lines.slice(1)).toEqual([
    { level: "info", fact: "queue.engine", fields: { engine: "Redis", durability: "a second" } },
    {
      level: "warn",
      fact: "queue.engine_warning",
      fields: { engine: "Redis", warning: "append nothing" },
    },
  ]);
});

test("a server that never comes is asked until the stop, and no longer", async () => {
  const { log, facts } = recordedLog();
  const { queue, asked } = queueAway(Infinity);
  const stop = new AbortController();

  const told = reportEngines({ queue, ledger: undefined }, log, stop.signal);
  await vi.advanceTimersByTimeAsync(5_000);
  stop.abort();
  await told;

  expect([asked(), facts(), vi.getTimerCount()]).toEqual([2, [], 0]);
});

test("a ledger of this process alone is named", async () => {
  const { log, facts } = recordedLog();
  const { queue } = queueAway(0);

  await reportEngines({ queue, ledger: { ...ledger, isShared: false } }, log, new AbortController().signal);

  expect(facts()).toContain("process.alone");
});
