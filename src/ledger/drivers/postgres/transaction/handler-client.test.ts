import { EventEmitter } from "node:events";
import type { PoolClient } from "pg";
import { expect, test } from "vitest";
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
