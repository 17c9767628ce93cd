import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { Channel } from "rabbitmq-client";
import { expect, test } from "vitest";
import { AmqpNames } from "./topology/names.ts";
import { AmqpReservation } from "./reservation.ts";
import type { AmqpSession } from "./connection/session.ts";

test("the mark goes with who had it alone, also if the server did not hear the last time that it is still there", async () => {
  const calls: string[] = [];
  let isAway = false;
  const asked = (name: string) => async (): Promise<void> => {
    if (isAway) throw new Error("no connection");
    calls.push(name);
  };
  const channel = {
    queueDeclare: asked("declare"),
    basicGet: asked("get"),
    queueDelete: asked("delete"),
  } as unknown as Channel;
  const session = {
    get: () => undefined,
    lend: (ask: (lent: Channel) => Promise<unknown>) => ask(channel),
  } as unknown as AmqpSession<unknown>;
  const reservation = new AmqpReservation(session, new AmqpNames("hookwell"), 30_000);
  expect(await reservation.take({ name: "ours", isShared: false })).toBe(30_000);
  isAway = true;
  await assert.rejects(reservation.take({ name: "ours", isShared: false }), /no connection/);
  isAway = false;
  calls.splice(0);

  await reservation.leave();

  expect(calls).toEqual(["declare", "get", "delete"]);
});

test("a server that is slow is asked for the mark over one channel at a time", async () => {
  const lent: PromiseWithResolvers<unknown>[] = [];
  const session = {
    get: () => undefined,
    lend: () => {
      const answer = Promise.withResolvers<unknown>();
      lent.push(answer);
      return answer.promise;
    },
  } as unknown as AmqpSession<unknown>;
  const reservation = new AmqpReservation(session, new AmqpNames("hookwell"), 30_000);

  const taken = [
    reservation.take({ name: "ours", isShared: true }),
    reservation.take({ name: "ours", isShared: true }),
  ];
  await nextTurn();
  expect(lent).toHaveLength(1);
  lent[0]?.resolve(true);
  await taken[0];
  await nextTurn();
  lent[1]?.resolve(true);

  expect(await Promise.all(taken)).toEqual([30_000, 30_000]);
});
