import { setImmediate } from "node:timers/promises";
import { expect, test } from "vitest";
import { acknowledge, extendLeases, giveBackUnseen } from "./answers.ts";
import type { Place } from "../attempts/attempts.ts";
import type { Held, Seat } from "./held.ts";
import type { Session } from "../topology/session.ts";

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };
const seat = (sequence: number): Seat => ({
  shard,
  reached: 1,
  place: { consumer: shard.consumer, sequence, storedAt: "1", delivered: 1 },
  reply: String(sequence),
  receipt: `${sequence}.1`,
  attempt: 1,
  order: { after: sequence, turn: 0 },
  note: 0,
  lane: "one",
  bytes: 1,
});

test("what nobody has seen goes back in its order, noted before, and also where it cannot be noted", async () => {
  const said: string[] = [];
  const connection = {
    publish: (reply: string, how: string) => void said.push(`${reply} ${how}`),
    flush: async () => void said.push("flush"),
  };
  const write = async ({ sequence }: { readonly sequence: number }): Promise<number> => {
    await setImmediate();
    if (sequence === 2) throw new Error("no answer");
    return said.push(`note ${sequence}`);
  };
  const session = { connection, book: { write } } as unknown as Session;

  await giveBackUnseen(session, [seat(3), seat(2)], [seat(1)]);

  expect(said).toEqual(["note 3", "1 -NAK", "2 -NAK", "3 -NAK", "flush"]);
});

test("a note that cannot be forgotten is no trouble of what is acknowledged", async () => {
  const connection = { request: async () => undefined };
  const asked: Place[] = [];
  const forget = async (place: Place): Promise<void> => {
    asked.push(place);
    throw new Error("no answer");
  };
  const session = { connection, book: { forget } } as unknown as Session;
  const noted = { ...seat(1), note: 1 } as Held;

  await acknowledge(session, [noted]);

  expect(asked).toEqual([noted.place]);
});

test("leases that a silent server does not hear of do not count as extended", async () => {
  const said: string[] = [];
  const connection = {
    publish: (reply: string, how: string) => void said.push(`${reply} ${how}`),
    flush: () => Promise.reject(new Error("no answer")),
  };

  const extending = extendLeases({ connection } as unknown as Session, [seat(1), seat(2)]);

  await expect(extending).rejects.toThrow("no answer");
  expect(said).toEqual(["1 +WPI", "2 +WPI"]);
});

test("what no consumer takes the acknowledgement of is removed, but not from a stream that was made anew", async () => {
  const created = "2026-01-01T00:00:00Z";
  const nobody = Object.assign(new Error("no responders"), { name: "NoRespondersError" });
  const removed: number[] = [];
  const session = {
    stream: "events",
    connection: { request: () => Promise.reject(nobody) },
    manager: {
      streams: {
        info: async () => ({ created }),
        deleteMessage: async (_: string, sequence: number) => void removed.push(sequence),
      },
    },
  } as unknown as Session;
  const now = { ...shard, consumer: "0-two-0", incarnation: Date.parse(created).toString(36) };

  await acknowledge(session, [seat(1), { ...seat(2), shard: now }] as Held[]);

  expect(removed).toEqual([2]);
});
