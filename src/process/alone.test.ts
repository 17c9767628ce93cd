import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { QueueUnavailableError } from "../errors.ts";
import { Ledger } from "../ledger/ledger.ts";
import { memoryLedger } from "../ledger/drivers/memory/ledger.ts";
import type { Queue } from "../queue/queue.ts";
import { assertAlone } from "./alone.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Starts beside a queue whose answers take so long, one after the other; the last one stays. */
async function startBeside(tookMs: number, ...answers: readonly (number | Error)[]): Promise<unknown> {
  let asked = 0;
  const reserve = async (): Promise<number> => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? 0;
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, tookMs));
    if (answer instanceof Error) throw answer;
    return answer;
  };
  const queue = { shards: 16, reserve } as Partial<Queue> as Queue;
  const starting = assertAlone({ queue, ledger: new Ledger(memoryLedger()) }).then(
    () => "started",
    () => "refused",
  );
  await vi.advanceTimersByTimeAsync(10_000);
  return starting;
}

const away = new QueueUnavailableError("away");

test.each([
  ["refused", "another has it", 10, [0]],
  ["refused", "another has it, and its answers are slow", 1_000, [0]],
  ["refused", "another had it when the queue last answered", 10, [0, away]],
  ["started", "another has just left", 10, [0, 0, 30_000]],
  ["started", "the queue is away: it handles nothing until that has answered", 10, [away]],
  ["started", "the queue does not answer, likewise", 60_000, [0]],
] as const)("a worker with a ledger of its own is %s if %s", async (outcome, _, tookMs, answers) => {
  expect(await startBeside(tookMs, ...answers)).toBe(outcome);
});
