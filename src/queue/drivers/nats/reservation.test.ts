import type { JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import { apiErrors } from "./errors.ts";
import { NatsReservation } from "./reservation.ts";

const leaseMs = 30_000;

/** A server that keeps a mark. */
class Server {
  /** What its clock shows, in ms; that of this process is far ahead. */
  now = 0;
  seq = 0;
  /** Whether it does what it is told to write, but cannot say so. */
  losesAnswers = false;
  mark: { readonly seq: number; readonly time: Date; readonly string: () => string } | null = null;
  readonly manager: JetStreamManager;

  constructor() {
    type Options = { readonly expect: { readonly lastSubjectSequence: number } };
    const publish = async (_: string, text: string, { expect: { lastSubjectSequence } }: Options) => {
      if (lastSubjectSequence !== (this.mark?.seq ?? 0))
        throw Object.assign(new Error("wrong last sequence"), { code: apiErrors.wrongLastSequence });
      this.seq += 1;
      this.mark = { seq: this.seq, time: new Date(this.now), string: () => text };
      if (this.losesAnswers) throw new Error("timeout");
      return { seq: this.seq };
    };
    const streams = {
      info: async () => ({ ts: new Date(this.now).toISOString() }),
      getMessage: async () => this.mark,
      deleteMessage: async (_: string, seq: number) => {
        if (this.mark?.seq === seq) this.mark = null;
      },
    };
    this.manager = { streams, jetstream: () => ({ publish }) } as unknown as JetStreamManager;
  }
}

function twoOf(server: Server) {
  const one = new NatsReservation("attempts", leaseMs);
  const other = new NatsReservation("attempts", leaseMs);
  return {
    takeOne: (isShared = false) => one.take(server.manager, { name: "one", isShared }),
    takeOther: () => other.take(server.manager, { name: "other", isShared: false }),
    leaveOne: () => one.leave(server.manager),
  };
}

test("it is the clock of the server that tells when a mark is too old to count", async () => {
  const server = new Server();
  const { takeOne, takeOther } = twoOf(server);
  await takeOne();

  server.now = leaseMs - 1;
  expect(await takeOther()).toBe(0);

  server.now = leaseMs;
  expect(await takeOther()).toBe(leaseMs);
});

test("of two who find it free at the same moment, one has it", async () => {
  const { takeOne, takeOther } = twoOf(new Server());

  expect(await Promise.all([takeOne(), takeOther()])).toEqual([leaseMs, 0]);
});

test("who is overtaken by a write of its own history has it", async () => {
  const { takeOne } = twoOf(new Server());

  expect(await Promise.all([takeOne(), takeOne()])).toEqual([leaseMs, leaseMs]);
});

test("a mark whose writer heard no answer goes with it", async () => {
  const server = new Server();
  const { takeOne, leaveOne } = twoOf(server);
  server.losesAnswers = true;
  await expect(takeOne()).rejects.toThrow("timeout");

  await leaveOne();

  expect(server.mark).toBeNull();
});

test("a mark goes with who wrote it, unless others may work for the same history", async () => {
  const server = new Server();
  const { takeOne, takeOther, leaveOne } = twoOf(server);

  await takeOne(true);
  await leaveOne();
  expect(await takeOther()).toBe(0);

  await takeOne(false);
  await leaveOne();
  expect(await takeOther()).toBe(leaseMs);
  await leaveOne();
  expect(server.mark?.string()).toBe("other");
});

test("who has it no more takes nothing from the next one, also where numbers begin anew", async () => {
  const server = new Server();
  const { takeOne, takeOther, leaveOne } = twoOf(server);
  await takeOne();
  // As of a stream that was deleted and made anew.
  [server.seq, server.mark] = [0, null];
  await takeOther();

  expect(await takeOne()).toBe(0);
  await leaveOne();

  expect(server.mark).toMatchObject({ seq: 1 });
});
