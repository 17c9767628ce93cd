import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { Connection } from "rabbitmq-client";
import { expect, test } from "vitest";
import { AmqpNames } from "./names.ts";
import { AmqpReservation } from "./reservation.ts";

test("the mark goes with who had it alone, also if the server did not hear the last time that it is still there", async () => {
  const calls: string[] = [];
  let isAway = false;
  const asked = (name: string) => async (): Promise<void> => {
    if (isAway) throw new Error("no connection");
    calls.push(name);
  };
  const connection = {
    on: () => undefined,
    queueDeclare: asked("declare"),
    basicGet: asked("get"),
    queueDelete: asked("delete"),
    close: async () => undefined,
    unsafeDestroy: () => undefined,
  } as unknown as Connection;
  const told = { up: () => undefined, down: () => undefined };
  const reservation = new AmqpReservation(() => connection, new AmqpNames("hookwell"), 30_000, told);
  expect(await reservation.take("ours", false)).toBe(30_000);
  isAway = true;
  await assert.rejects(reservation.take("ours", false), /no connection/);
  isAway = false;

  await reservation.close();

  expect(calls).toEqual(["declare", "get", "declare", "delete"]);
});

test("what a connection says while it is closed on purpose is no loss", async () => {
  const events = new EventEmitter();
  const connection = Object.assign(events, {
    queueDeclare: async () => undefined,
    basicGet: async () => undefined,
    queueDelete: async () => undefined,
    close: async () => void events.emit("error", new Error("closed")),
    unsafeDestroy: () => undefined,
  }) as unknown as Connection;
  const losses: unknown[] = [];
  const told = { up: () => undefined, down: (error: unknown) => void losses.push(error) };
  const reservation = new AmqpReservation(() => connection, new AmqpNames("hookwell"), 30_000, told);
  await reservation.take("ours", false);

  await reservation.close();

  expect(losses).toEqual([]);
});
