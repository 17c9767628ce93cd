import { EventEmitter } from "node:events";
import type { PoolClient } from "pg";
import { expect, test, vi } from "vitest";
import { HandlerConnection, patienceMs } from "./handler-connection.ts";

test("a connection on which the server has answered in time stays the handler's, however long that works", async () => {
  vi.useFakeTimers();
  const release = vi.fn<() => void>();
  const connection = new HandlerConnection({ release } as unknown as PoolClient);

  expect(await connection.inTime(() => Promise.resolve("answered"))).toBe("answered");

  vi.advanceTimersByTime(2 * patienceMs);
  vi.useRealTimers();
  expect(release).not.toHaveBeenCalled();
});

test("a connection on which the server does not answer in time is thrown away", () => {
  vi.useFakeTimers();
  const release = vi.fn<(destroy: boolean) => void>();
  const connection = new HandlerConnection({ release } as unknown as PoolClient);

  void connection.inTime(() => new Promise(() => undefined));
  vi.advanceTimersByTime(patienceMs);

  vi.useRealTimers();
  expect(release).toHaveBeenCalledExactlyOnceWith(true);
});

test("a connection that cannot be cleaned is thrown away, once", async () => {
  const release = vi.fn<(destroy: boolean) => void>();
  const query = (): Promise<never> => Promise.reject(new Error("cut"));
  const connection = new HandlerConnection({ query, release } as unknown as PoolClient);

  await connection.recycle();
  expect(release).toHaveBeenCalledExactlyOnceWith(true);

  connection.discard();
  expect(release).toHaveBeenCalledExactlyOnceWith(true);
});

test("a connection that breaks while its transaction is committed does not end the process", () => {
  const client = new EventEmitter() as PoolClient;

  new HandlerConnection(client).shut();

  expect(() => client.emit("error", new Error("cut"))).not.toThrow();
});

test("of several queries that failed before the server saw them, the first is told", async () => {
  const reasons = ["first", "second"].map((text) => new Error(text));
  const query = vi.fn(() => Promise.reject(reasons[query.mock.calls.length - 1]));
  const connection = new HandlerConnection({ query } as unknown as PoolClient);

  for (const reason of reasons) await expect(connection.shared.query("select 1")).rejects.toBe(reason);

  expect(connection.failure).toBe(reasons[0]);
});

test("what was refused first is the cause of what is refused since then, for a handler may pass over the first", async () => {
  const refused = (code: string): Error => Object.assign(new Error(code), { code, severity: "ERROR" });
  const [first, aftermath] = [refused("42P01"), refused("25P02")];
  const query = vi.fn<() => Promise<never>>().mockRejectedValueOnce(first).mockRejectedValueOnce(aftermath);
  const connection = new HandlerConnection({ query } as unknown as PoolClient);

  await expect(connection.shared.query("select * from nowhere")).rejects.toBe(first);
  await expect(connection.shared.query("select 1")).rejects.toBe(aftermath);

  expect(aftermath.cause).toBe(first);
  expect(first.cause).toBeUndefined();
});

test("a refusal that nobody can add to does not end the process", async () => {
  const refused = Object.freeze(Object.assign(new Error("25P02"), { code: "25P02", severity: "ERROR" }));
  const connection = new HandlerConnection({ query: () => Promise.reject(refused) } as unknown as PoolClient);

  await expect(connection.shared.query("select 1")).rejects.toBe(refused);
});
