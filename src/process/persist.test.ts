import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { ClosedError } from "../errors.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { persist } from "./persist.ts";
import { rareLog } from "../lib/rare-log.ts";

const never = new AbortController().signal;

/** A call that fails so many times before it works. */
function failing(times: number): { readonly call: () => Promise<string>; readonly calls: () => number } {
  let calls = 0;
  const call = async (): Promise<string> => {
    calls += 1;
    if (calls <= times) throw new Error(`failure ${calls}`);
    return "done";
  };
  return { call, calls: () => calls };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

test("what works at once is not logged", async () => {
  const { log, lines } = recordedLog();

  const result = await persist(failing(0).call, "queue.ack_failed", log, never);

  expect(result).toBe("done");
  expect(lines).toEqual([]);
});

test("a call is tried until it works; that it failed again is an error, and the recovery is logged", async () => {
  const { log, lines } = recordedLog();

  const result = persist(failing(5).call, "queue.ack_failed", log, never);
  await vi.runAllTimersAsync();

  await expect(result).resolves.toBe("done");
  expect(lines).toEqual([
    { level: "warn", fact: "queue.ack_failed", fields: { error: "failure 1" } },
    { level: "error", fact: "queue.ack_failed", fields: { error: "failure 2" } },
    { level: "info", fact: "queue.ack_failed.recovered", fields: { tries: 6 } },
  ]);
});

test("what works at the second try is no error", async () => {
  const { log, lines } = recordedLog();

  const result = persist(failing(1).call, "queue.ack_failed", log, never);
  await vi.runAllTimersAsync();

  await expect(result).resolves.toBe("done");
  expect(lines).toEqual([
    { level: "warn", fact: "queue.ack_failed", fields: { error: "failure 1" } },
    { level: "info", fact: "queue.ack_failed.recovered", fields: { tries: 2 } },
  ]);
});

test("what fails again soon after it has worked, and goes on failing, is told although the log tells a fact only now and then", async () => {
  const { log, facts } = recordedLog();
  const rare = rareLog(log, 10_000, Date.now);
  await Promise.all([
    persist(failing(1).call, "queue.ack_failed", rare, never),
    vi.advanceTimersByTimeAsync(100),
  ]);
  const giveUp = new AbortController();

  const result = persist(failing(1_000).call, "queue.ack_failed", rare, giveUp.signal);
  await vi.advanceTimersByTimeAsync(180_000);

  const [first, recovered, ...later] = facts();
  expect([first, recovered]).toEqual(["queue.ack_failed", "queue.ack_failed.recovered"]);
  expect(new Set(later)).toEqual(new Set(["queue.ack_failed"]));
  expect(later.length).toBeLessThan(5);
  giveUp.abort();
  await result;
});

test("the waits between tries grow, and never beyond five seconds", async () => {
  const { call, calls } = failing(1_000);
  const giveUp = new AbortController();

  const result = persist(call, "ledger.admit_failed", recordedLog().log, giveUp.signal);
  await vi.advanceTimersByTimeAsync(100 + 200 + 400);
  expect(calls()).toBe(4);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls()).toBeGreaterThan(60_000 / 5_000);
  expect(calls()).toBeLessThan(20);

  giveUp.abort();
  await expect(result).resolves.toBeUndefined();
});

test("nothing is tried once it is given up, and a wait ends at once", async () => {
  const { call, calls } = failing(1_000);
  const giveUp = new AbortController();
  const result = persist(call, "ledger.admit_failed", recordedLog().log, giveUp.signal);
  await vi.advanceTimersByTimeAsync(0);

  giveUp.abort();

  await expect(result).resolves.toBeUndefined();
  expect(calls()).toBe(1);
  await expect(persist(call, "again", recordedLog().log, giveUp.signal)).resolves.toBeUndefined();
  expect(calls()).toBe(1);
});

test("a part that was closed is not asked again, and that is no failure", async () => {
  const { log, lines } = recordedLog();
  const call = vi.fn(() => Promise.reject(new ClosedError("queue")));

  const result = await persist(call, "queue.ack_failed", log, never);

  expect(result).toBeUndefined();
  expect(call).toHaveBeenCalledTimes(1);
  expect(lines).toEqual([]);
});

test("a call that throws at once is as good as one that rejects", async () => {
  let calls = 0;
  const throwing = (): Promise<string> => {
    calls += 1;
    if (calls === 1) throw new Error("at once");
    return Promise.resolve("done");
  };

  const result = persist(throwing, "queue.ack_failed", recordedLog().log, never);
  await vi.runAllTimersAsync();

  await expect(result).resolves.toBe("done");
});
