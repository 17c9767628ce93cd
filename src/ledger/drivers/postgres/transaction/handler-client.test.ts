import { EventEmitter } from "node:events";
import type { PoolClient } from "pg";
import { expect, test, vi } from "vitest";
import { handlerClient } from "./handler-client.ts";

test("a handler gets no other client than its own from a method that gives the client back", () => {
  const client = new EventEmitter() as PoolClient;

  const shared = handlerClient(client, { isOver: () => false, failed: () => undefined });

  expect(shared.on("notice", () => undefined)).toBe(shared);
});

test.each(["connect", "end"] as const)("a handler may not %s what is not its own", (method) => {
  const client = { [method]: () => undefined } as unknown as PoolClient;

  const shared = handlerClient(client, { isOver: () => false, failed: () => undefined });

  expect(() => void shared[method]()).toThrow("leave connect and end out");
});

test("a handler that is over has no use of its client any more", () => {
  const on = vi.fn<() => void>();
  const shared = handlerClient({ on } as unknown as PoolClient, {
    isOver: () => true,
    failed: () => undefined,
  });

  expect(() => shared.on("notice", () => undefined)).toThrow("The transaction of this event is over.");
  expect(on).not.toHaveBeenCalled();
});

test("an error whose stack cannot be written is told as it is", async () => {
  const strict = Object.defineProperty(new Error("no such table"), "stack", { value: "fixed" });
  const client = { query: () => Promise.reject(strict) } as unknown as PoolClient;
  const failed = vi.fn<(error: unknown) => void>();
  const shared = handlerClient(client, { isOver: () => false, failed });

  await expect(shared.query("select * from nowhere")).rejects.toBe(strict);

  expect(failed).toHaveBeenCalledExactlyOnceWith(strict);
});

test("the stack of a query that fails leads to the handler that asked", async () => {
  const inTheDriver = Object.assign(new Error("no such table"), {
    stack: "Error: no such table\n    at driver.js:1:1",
  });
  const client = { query: () => Promise.reject(inTheDriver) } as unknown as PoolClient;
  const shared = handlerClient(client, { isOver: () => false, failed: () => undefined });
  const asking = async (): Promise<unknown> => await shared.query("select * from nowhere");

  await expect(asking()).rejects.toBe(inTheDriver);

  const [said, driver, handler] = inTheDriver.stack.split("\n");
  expect([said, driver]).toEqual(["Error: no such table", "    at driver.js:1:1"]);
  expect(handler).toMatch(/at asking .*handler-client\.test\.ts/);
});

test("a query whose failure a callback is told of has failed, too", () => {
  const refused = new Error("no such table");
  const asked: unknown[] = [];
  const query = (...args: readonly unknown[]): void => {
    asked.push(args);
    (args.at(-1) as (error: Error | null, result?: unknown) => void)(
      asked.length === 1 ? null : refused,
      "rows",
    );
  };
  const [failed, told] = [vi.fn<(error: unknown) => void>(), vi.fn<(...args: readonly unknown[]) => void>()];
  const shared = handlerClient({ query } as unknown as PoolClient, { isOver: () => false, failed });

  shared.query("select 1", [], told);
  shared.query("select * from nowhere", told);

  expect(told.mock.calls).toEqual([
    [null, "rows"],
    [refused, "rows"],
  ]);
  expect(failed).toHaveBeenCalledExactlyOnceWith(refused);
});
