import { afterEach, expect, test, vi } from "vitest";
import type { Postgres } from "../../../../lib/postgres/postgres.ts";
import { recordedLog } from "../../../../testing/recorded-log.ts";
import { Upkeep } from "./upkeep.ts";

const secondMs = 1_000;
const hourMs = 3_600 * secondMs;

afterEach(() => {
  vi.useRealTimers();
});

/** A server that has all partitions, when it is not away. */
class Server {
  isAway = false;
  /** When it was asked for those of today and the next days. */
  readonly asked: number[] = [];
  readonly db = { schema: "hookwell", pool: { query: () => this.#answer() } } as unknown as Postgres;

  async #answer(): Promise<unknown> {
    if (this.asked.at(-1) !== Date.now()) this.asked.push(Date.now());
    if (this.isAway) throw new Error("connect ECONNREFUSED");
    return { rows: [{ there: true }] };
  }
}

test("partitions that cannot be made are tried again ever more rarely, and told of once, and each hour", async () => {
  vi.useFakeTimers({ now: 0 });
  const { log, facts } = recordedLog();
  const server = new Server();
  const upkeep = new Upkeep(server.db, log);
  server.isAway = true;

  await upkeep.makePartitions();
  await vi.advanceTimersByTimeAsync(hourMs);

  expect(server.asked.map((ms) => ms / secondMs)).toEqual([
    0, 1, 3, 7, 15, 31, 63, 127, 255, 511, 1023, 2047,
  ]);
  expect(facts()).toEqual(["ledger.partition_failed"]);
  await vi.advanceTimersByTimeAsync(2 * hourMs);
  expect(facts()).toHaveLength(3);

  server.isAway = false;
  await vi.advanceTimersByTimeAsync(2 * hourMs);
  expect(facts().slice(3)).toEqual(["ledger.partitions_made"]);

  server.isAway = true;
  server.asked.length = 0;
  await vi.advanceTimersByTimeAsync(hourMs + 7 * secondMs);
  expect(server.asked.length).toBeGreaterThan(3);
  expect(facts().slice(4)).toEqual(["ledger.partition_failed"]);
  upkeep.close();
});

test("partitions that cannot be made are told of by their names, with the reason", async () => {
  const { log, lines } = recordedLog();
  vi.useFakeTimers({ now: Date.UTC(2026, 1, 27, 12) });
  const server = new Server();
  const upkeep = new Upkeep(server.db, log);
  server.isAway = true;

  await upkeep.makePartitions();

  const days = "event_20260227 event_20260228 event_20260301 event_20260302";
  const error = expect.stringContaining("connect ECONNREFUSED") as string;
  expect(lines).toMatchObject([{ level: "warn", fact: "ledger.partition_failed", fields: { days, error } }]);
  upkeep.close();
});

test("partitions that are there are looked for once an hour", async () => {
  vi.useFakeTimers({ now: 0 });
  const server = new Server();
  const upkeep = new Upkeep(server.db, recordedLog().log);

  await upkeep.makePartitions();
  await vi.advanceTimersByTimeAsync(2 * hourMs);

  expect(server.asked).toEqual([0, hourMs, 2 * hourMs]);
  upkeep.close();
});

test("nothing is asked of the server after the end", async () => {
  vi.useFakeTimers({ now: 0 });
  const server = new Server();
  const upkeep = new Upkeep(server.db, recordedLog().log);
  await upkeep.makePartitions();

  upkeep.close();

  expect(vi.getTimerCount()).toBe(0);
  // As a start does that was not done by then.
  await upkeep.makePartitions();
  expect(vi.getTimerCount()).toBe(0);
});

test("partitions that the end keeps from being made are no trouble", async () => {
  const { log, facts } = recordedLog();
  const server = new Server();
  const upkeep = new Upkeep(server.db, log);

  const making = upkeep.makePartitions();
  // As its connections are ended.
  server.isAway = true;
  upkeep.close();
  await making;

  expect(facts()).toEqual([]);
});
