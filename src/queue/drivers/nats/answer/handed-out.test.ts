import assert from "node:assert/strict";
import { expect, test } from "vitest";
import { type NatsCall, NatsHandedOut } from "./handed-out.ts";
import type { Held } from "./held.ts";
import type { NatsIntake } from "../take/intake.ts";
import type { Session } from "../topology/session.ts";

const held = (receipt: string): Held =>
  ({
    reply: receipt,
    order: { after: 0, turn: 0 },
    receipt,
    attempt: 1,
    shard: { takeovers: [] },
    place: { delivered: 1 },
  }) as unknown as Held;

/** With as much of both as a test needs. */
const handedOutOf = ({
  call,
  intake,
}: {
  readonly call?: unknown;
  readonly intake?: object;
}): NatsHandedOut => new NatsHandedOut(call as NatsCall, intake as NatsIntake);

test("what is handed out while all before it is given up can still be answered", async () => {
  const flushed = Promise.withResolvers<void>();
  const given: string[] = [];
  const giveUpForeign = (_: Session, all: readonly Held[]): Promise<void> => {
    given.push(...all.map(({ reply }) => reply));
    return flushed.promise;
  };
  const handedOut = handedOutOf({ intake: { giveUpForeign, unended: [] } });
  handedOut.add([held("before")]);

  const session = { connection: { flush: async () => undefined } } as unknown as Session;
  const givenUp = handedOut.giveUp(session);
  handedOut.add([held("meanwhile")]);
  flushed.resolve();
  await givenUp;

  expect(given).toEqual(["before"]);
  expect([handedOut.has("before"), handedOut.has("meanwhile")]).toEqual([false, true]);
});

test("all that is given up while the server is away is given up at the next try", async () => {
  const connection = { flush: () => Promise.reject(new Error("away")) };
  const handedOut = handedOutOf({ intake: { giveUpForeign: async () => undefined, unended: [] } });
  handedOut.add([held("one")]);

  await expect(handedOut.giveUp({ connection } as unknown as Session)).rejects.toThrow("away");

  expect(handedOut.has("one")).toBe(true);
});

test("what the server lost is not given back, since another event may be in its place by now", async () => {
  const connection = { publish: () => assert.fail("that would give back another event") };
  const found = { timestamp: "2026-12-02T10:00:00.000000002Z" };
  const patient = { streams: { getMessage: async () => found } };
  const session = { connection, patient, stream: "hookwell", reached: 2 } as unknown as Session;
  const call = (_: string, act: (session: Session) => Promise<unknown>): Promise<unknown> => act(session);
  const handedOut = handedOutOf({ call, intake: {} });
  const lost = { ...held("lost"), reached: 1, bytes: 1, place: { sequence: 5, storedAt: 1, delivered: 1 } };
  handedOut.add([lost as unknown as Held]);

  await handedOut.retry(lost, { delayMs: 0, attempt: 2 });

  expect(handedOut.all).toEqual([]);
});

test("what was handed out too early waits here, and is not held any more", async () => {
  const kept: Held[] = [];
  const intake = { owns: () => true, keep: (one: Held) => void kept.push(one) };
  const handedOut = handedOutOf({ intake });
  const early = held("early");
  handedOut.add([early]);

  await handedOut.retry(early, { delayMs: 0, attempt: 1 });

  expect([kept, handedOut.all]).toEqual([[early], []]);
});

test("what failed is tried again later, also if it was handed out again while it ran", async () => {
  const noted: unknown[] = [];
  const connection = { publish: () => undefined, flush: async () => undefined };
  const book = { write: async (_: unknown, { attempt }: { attempt: number }) => noted.push(attempt) };
  const session = { connection, book } as unknown as Session;
  const call = (_: string, act: (session: Session) => Promise<unknown>): Promise<unknown> => act(session);
  const intake = { owns: () => true, keep: () => assert.fail("it was not handed out too early") };
  const handedOut = handedOutOf({ call, intake });
  handedOut.add([{ ...held("one"), attempt: 2 }]);

  await handedOut.retry(held("one"), { delayMs: 6_000, attempt: 2 });

  expect([noted, handedOut.all]).toEqual([[2], []]);
});

test("what is to be tried again is not held any more, but for what is handed out anew before the answer", async () => {
  const flushed = Promise.withResolvers<void>();
  const connection = { publish: () => undefined, flush: () => flushed.promise };
  const session = { connection, book: { write: async () => 1 } } as unknown as Session;
  const call = (_: string, act: (session: Session) => Promise<unknown>): Promise<unknown> => act(session);
  const handedOut = handedOutOf({ call, intake: {} });
  const [first, second, again] = [held("one"), held("two"), held("two")];
  handedOut.add([first, second]);

  const retrying = [first, second].map((each) => handedOut.retry(each, { delayMs: 0, attempt: 2 }));
  handedOut.add([again]);
  flushed.resolve();
  await Promise.all(retrying);

  expect(handedOut.all).toEqual([again]);
});

test("what is acknowledged is not held any more, but for what was handed out anew meanwhile", async () => {
  const confirmed = Promise.withResolvers<void>();
  const connection = { publish: () => undefined, request: () => confirmed.promise };
  const call = (_: string, act: (session: Session) => Promise<unknown>): Promise<unknown> =>
    act({ connection } as unknown as Session);
  const handedOut = handedOutOf({ call });
  const [first, second, again] = [held("one"), held("two"), held("two")];
  handedOut.add([first, second]);

  const acknowledged = handedOut.ack([first, second]);
  handedOut.add([again]);
  confirmed.resolve();
  await acknowledged;

  expect(handedOut.all).toEqual([again]);
});
