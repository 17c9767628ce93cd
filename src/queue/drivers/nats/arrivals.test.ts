import { setImmediate } from "node:timers/promises";
import type { Msg, MsgHdrs, NatsConnection } from "@nats-io/transport-node";
import { expect, test, vi } from "vitest";
import { NatsArrivals } from "./arrivals.ts";
import type { AttemptBook, Note } from "./book.ts";
import { NatsBuffer } from "./buffer.ts";
import { NatsInbox } from "./inbox.ts";
import { NatsProgress } from "./progress.ts";
import type { Session } from "./session.ts";

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };

const noted: Note["noted"] = {
  attempt: 1,
  delivered: 2,
  takeovers: 0,
  order: { after: 1, turn: 0 },
  dueAt: 0,
  delayMs: 0,
};

/** A consumer that hands out what it is told to; the book has these answers. */
function arriving(book: Partial<AttemptBook>) {
  const buffer = new NatsBuffer(() => true);
  const inbox = new NatsInbox("inbox");
  const progress = new NatsProgress();
  progress.asks(shard);
  const arrivals = new NatsArrivals(inbox, buffer, progress);
  const listeners: ((error: null, message: Msg) => void)[] = [];
  const connection = {
    publish: () => undefined,
    subscribe: (_: string, options: { readonly callback: (error: null, message: Msg) => void }) =>
      void listeners.push(options.callback),
  } as unknown as NatsConnection;
  const say = (message: Partial<Msg>): void => listeners[0]?.(null, message as Msg);
  const session = {
    stream: "events",
    connection,
    shards: [shard],
    book: { read: async () => undefined, write: async () => 1, ...book },
  } as unknown as Session;
  let questions = 0;
  return {
    arrivals,
    /** Hands these out, and has them kept. */
    keep: (delivered: number, ...sequences: readonly number[]): Promise<unknown> => {
      void inbox.ask(session, { shard, batch: 10 });
      questions += 1;
      for (const sequence of sequences) {
        const reply = `$JS.ACK.events.${shard.consumer}.${delivered}.${sequence}.1.1.0`;
        say({ subject: "events.0.one", reply });
      }
      say({ subject: `inbox.${questions}.${shard.consumer}`, headers: { code: 404 } as MsgHdrs });
      return arrivals.keepAnswers(session);
    },
    taken: () => buffer.take(10, () => undefined).map(({ place }) => place.sequence),
  };
}

test("what is new does not overtake what the book is still asked about", async () => {
  const found = Promise.withResolvers<undefined>();
  const { keep, taken } = arriving({ read: () => found.promise });

  const older = keep(2, 1);
  const taking = keep(1, 2).then(taken);
  await setImmediate();
  found.resolve(undefined);
  await older;

  expect(await taking).toEqual([1, 2]);
});

test.each(["read", "write"] as const)(
  "what the book has no answer for can be given back, and waits until it has: %s",
  async (method) => {
    const answer = vi.fn().mockRejectedValueOnce(new Error("no answer")).mockResolvedValue(undefined);
    const { arrivals, keep, taken } = arriving({ [method]: answer });

    await expect(keep(2, 1)).rejects.toThrow("no answer");
    expect(arrivals.waiting.map(({ order }) => order.after)).toEqual([1]);

    await keep(1, 2);
    expect(taken()).toEqual([1, 2]);
    expect(arrivals.waiting).toEqual([]);
  },
);

test("that a hand-out has come of which the book says that it is to come is noted, so that who is next counts it", async () => {
  const write = vi.fn<AttemptBook["write"]>().mockResolvedValue(8);
  const { keep, taken } = arriving({
    read: async () => ({ number: 7, noted: { ...noted, isNext: true } }),
    write,
  });

  await keep(2, 1);

  expect(write).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ sequence: 1 }), noted, 7);
  expect(taken()).toEqual([1]);
});

test("one whose retry begins comes behind what failed before it, also under an owner of before", async () => {
  const orders = [null, { after: 2, turn: 4 }];
  const { keep, taken } = arriving({
    read: async ({ sequence }) => ({ number: 3, noted: { ...noted, order: orders[sequence - 1] ?? null } }),
    write: async () => 8,
  });
  await keep(1, 2);
  expect(taken()).toEqual([2]);

  await keep(2, 1, 2);

  expect(taken()).toEqual([2, 1]);
});
