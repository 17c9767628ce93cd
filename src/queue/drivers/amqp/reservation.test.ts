import assert from "node:assert/strict";
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
  const reservation = new AmqpReservation(
    () => connection,
    new AmqpNames("hookwell"),
    30_000,
    () => told,
  );
  expect(await reservation.take("ours", false)).toBe(30_000);
  isAway = true;
  await assert.rejects(reservation.take("ours", false), /no connection/);
  isAway = false;

  await reservation.close();

  expect(calls).toEqual(["declare", "get", "declare", "delete"]);
});
