import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { QueueUnavailableError } from "../../errors.ts";
import type { Share } from "../../ledger/driver.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { Queue } from "../../queue/queue.ts";
import { assertOneHistory, shareOf } from "./one-history.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const away = new QueueUnavailableError("away");
const share: Share = { owned: [3], surplus: [], forMs: 20_000, beginForMs: 2_000 };

/** A ledger, and a queue whose answers take so long, one after the other; the last one stays. */
function engines(isShared: boolean, tookMs: number, answers: readonly (number | Error)[]) {
  let asked = 0;
  const reserve = async (): Promise<number> => {
    const answer = answers[Math.min(asked, answers.length - 1)] ?? 0;
    asked += 1;
    await new Promise((resolve) => setTimeout(resolve, tookMs));
    if (Error.isError(answer)) throw answer;
    return answer;
  };
  const ledger = {
    isShared,
    history: () => Promise.resolve("ours"),
    share: () => Promise.resolve(share),
  };
  const queue = { shards: 16, reserve };
  return { ledger: ledger as Partial<Ledger> as Ledger, queue: queue as Partial<Queue> as Queue };
}

/** What becomes of a promise while a start may be waited for; of one that fails, whether it was refused. */
async function outcomeOf<T>(result: Promise<T>): Promise<T | "refused" | "failed"> {
  const outcome = result.catch((error: unknown) =>
    String(error).includes("HOOKWELL_LEDGER") ? ("refused" as const) : ("failed" as const),
  );
  await vi.advanceTimersByTimeAsync(3_500);
  return outcome;
}

describe("a worker with a ledger of its own", () => {
  test.each([
    ["refused", "another has it", 10, [0]],
    ["refused", "another has it, and its answers are slow", 1_000, [0]],
    ["refused", "another had it when the queue last answered", 10, [0, away]],
    ["started", "another has just left", 10, [0, 0, 30_000]],
    ["started", "another has just left, and the queue was away for a moment", 10, [0, away, 30_000]],
    ["started", "the queue is away: it handles nothing until that has answered", 10, [away]],
    ["started", "the queue does not answer, likewise", 60_000, [0]],
  ] as const)("is %s if %s", async (outcome, _, tookMs, answers) => {
    const starting = assertOneHistory(engines(false, tookMs, answers)).then(() => "started");
    expect(await outcomeOf(starting)).toBe(outcome);
  });

  test("is not kept waiting by a queue that is away", async () => {
    const started = vi.fn();
    void assertOneHistory(engines(false, 10, [away])).then(started);

    await vi.advanceTimersByTimeAsync(20);

    expect(started).toHaveBeenCalledOnce();
  });

  test("asks no more when it was refused", async () => {
    expect(await outcomeOf(assertOneHistory(engines(false, 10, [0])))).toBe("refused");

    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    [{ ...share, forMs: 30_000, beginForMs: 15_000 }, "has what the queue keeps for it", 10, [30_000]],
    ["refused", "has nothing if another has it", 10, [0]],
    ["failed", "is told nothing new while the queue is away", 10, [away]],
  ] as const)("%j: %s", async (outcome, _, tookMs, answers) => {
    expect(await outcomeOf(shareOf(engines(false, tookMs, answers)))).toEqual(outcome);
  });
});

describe("a worker whose ledger is shared", () => {
  test.each([
    [share, "has what the ledger says", 10, [30_000]],
    ["refused", "has nothing if those of another ledger have the queue", 10, [0]],
    [share, "has what the ledger says while the queue is away", 10, [away]],
    [share, "has it too while the queue does not answer", 60_000, [0]],
    ["failed", "is told what else is wrong", 10, [new Error("wrong")]],
  ] as const)("%j: %s", async (outcome, _, tookMs, answers) => {
    expect(await outcomeOf(shareOf(engines(true, tookMs, answers)))).toEqual(outcome);
  });
});
