import { setImmediate } from "node:timers/promises";
import { headers, type Msg, type NatsConnection } from "@nats-io/transport-node";
import { expect, test, vi } from "vitest";
import { NatsArrivals } from "./arrivals.ts";
import type { AttemptBook, Note } from "../attempts/book.ts";
import { NatsBuffer } from "./buffer.ts";
import { NatsInbox } from "./inbox.ts";
import { NatsProgress } from "./progress.ts";
import type { Session } from "../topology/session.ts";

const common = { index: 0, consumer: "0-one-0", incarnation: "one", generation: 0 };

const noted: Note["noted"] = {
  attempt: 1,
  delivered: 2,
  takeovers: 0,
  order: { after: 1, turn: 0 },
  dueAt: 0,
  delayMs: 0,
};

/** A consumer that hands out what it is told to; the book has these answers. */
function arriving(book: Partial<AttemptBook>, takeovers: readonly number[] = []) {
  const shard = { ...common, takeovers };
  const buffer = new NatsBuffer(() => true);
  const inbox = new NatsInbox("inbox");
  const progress = new NatsProgress();
  progress.asks(shard);
  const arrivals = new NatsArrivals(inbox, buffer, progress);
  const listeners: ((error: null, message: Msg) => void)[] = [];
  const said: string[] = [];
  const connection = {
    publish: (_: string, text: string) => void said.push(text),
    flush: async () => undefined,
    subscribe: (_: string, options: { readonly callback: (error: null, message: Msg) => void }) =>
      void listeners.push(options.callback),
  } as unknown as NatsConnection;
  const say = (message: Partial<Msg>): void => listeners[0]?.(null, message as Msg);
  const session = {
    stream: "events",
    connection,
    reached: 3,
    shards: [shard],
    book: { read: async () => undefined, write: async () => 1, ...book },
  } as unknown as Session;
  let questions = 0;
  /** Hands these out, says this, and has them kept. */
  const keepBefore = (code: number, delivered: number, sequences: readonly number[]): Promise<unknown> => {
    void inbox.ask(session, { shard, batch: 100_000 });
    questions += 1;
    for (const sequence of sequences) {
      const reply = `$JS.ACK.events.${shard.consumer}.${delivered}.${sequence}.1.1.0`;
      say({ subject: "events.0.one", reply });
    }
    say({ subject: `inbox.${questions}.${shard.consumer}`, headers: headers(code, "Notice") });
    return arrivals.keepAnswers(session);
  };
  return {
    inbox,
    buffer,
    /** What messages were answered with. */
    answers: () => said.filter((text) => text.startsWith("-NAK")),
    /** Hands out these, which are all. */
    keep: (delivered: number, ...sequences: readonly number[]) => keepBefore(404, delivered, sequences),
    /** Hands out these for the first time, and has more. */
    keepSome: (sequences: readonly number[]) => keepBefore(409, 1, sequences),
    /** Hands this out in answer to no question. */
    comeLate: (sequence: number) => {
      say({ subject: "events.0.one", reply: `$JS.ACK.events.${shard.consumer}.1.${sequence}.1.1.0` });
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
    const { inbox, keep, taken } = arriving({ [method]: answer });

    await expect(keep(2, 1)).rejects.toThrow("no answer");
    expect(inbox.messages.map(({ place }) => place.sequence)).toEqual([1]);

    await keep(1, 2);
    expect(taken()).toEqual([1, 2]);
    expect(inbox.messages).toEqual([]);
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

test("retries that must wait for much else after a takeover wait on the server, if they are many", async () => {
  const write = vi.fn<AttemptBook["write"]>().mockResolvedValue(8);
  const waits = { ...noted, attempt: 3, delivered: 2, order: null, isNext: true } as const;
  const { answers, buffer, keep, keepSome } = arriving(
    { read: async () => ({ number: 7, noted: waits }), write },
    [30_000],
  );
  const from = (first: number): readonly number[] => Array.from({ length: 10_000 }, (_, at) => first + at);

  await keepSome(from(1));
  expect([buffer.size, answers()]).toEqual([10_000, []]);
  write.mockClear();
  await keepSome(from(10_001));

  expect([buffer.size, answers().length]).toEqual([10_000, 10_000]);
  expect(answers()[0]).toMatch(/^-NAK \{"delay":\d{10,}\}$/);
  // The next hand-out is the same attempt.
  const next = { attempt: 3, delivered: 2, takeovers: 1, order: null, isNext: true };
  expect(write).toHaveBeenCalledWith(expect.anything(), expect.objectContaining(next), 7);
  // They need not wait any more once the consumer has nothing else.
  await keep(1);
  await keep(2, 10_001);
  expect([buffer.size, answers().length]).toEqual([10_001, 10_000]);
});

test("what was under way at a takeover stays here, however much waits: newer messages of its lane would overtake it", async () => {
  const { answers, buffer, keepSome } = arriving({ read: async () => ({ number: 7, noted }) }, [30_000]);
  await keepSome(Array.from({ length: 10_000 }, (_, at) => 1 + at));

  await keepSome([10_001]);

  expect([buffer.size, answers()]).toEqual([10_001, []]);
});

test("a retry whose time came while its shard was taken over does not wait once more", async () => {
  const due = { ...noted, order: null, dueAt: Date.now() - 1, delayMs: 60_000 };
  const { answers, keep, taken } = arriving({ read: async () => ({ number: 7, noted: due }) }, [1]);

  await keep(1, 1);

  expect([taken(), answers()]).toEqual([[1], []]);
});

test("a hand-out after a takeover is noted, though the last owner noted one with the same number", async () => {
  const write = vi.fn<AttemptBook["write"]>().mockResolvedValue(8);
  const { keep } = arriving({ read: async () => ({ number: 7, noted }), write }, [1]);

  await keep(2, 1);

  const now = { ...noted, attempt: 3, takeovers: 1 };
  expect(write).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ sequence: 1 }), now, 7);
});

test("it is known with which server what came was asked for, unless nobody waited for it any more", async () => {
  const { buffer, keep, comeLate } = arriving({});

  await keep(1, 1);
  await comeLate(2);

  expect(buffer.take(10, () => undefined).map(({ reached }) => reached)).toEqual([3, 0]);
});
