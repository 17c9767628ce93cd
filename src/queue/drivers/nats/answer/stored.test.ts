import { expect, test, vi } from "vitest";
import type { Held } from "./held.ts";
import { StillStored } from "./stored.ts";
import type { Session } from "../topology/session.ts";

/** Handed out when so many servers had been reached, and stored at this second. */
const held = (sequence: number, reached: number): Held =>
  ({ reached, bytes: 1, place: { sequence, storedAt: `${sequence}000000000` } }) as unknown as Held;

/** A session with a stream in which these messages are as they were, those at `others` are other ones, the rest is gone. */
function streamWith(there: readonly number[], { reached = 2, others = [] as readonly number[] } = {}) {
  const getMessage = vi.fn(async (_: string, { seq }: { readonly seq: number }) => {
    if (there.includes(seq)) return { timestamp: `1970-01-01T00:00:0${seq}Z` };
    return others.includes(seq) ? { timestamp: "1970-01-01T00:01:00Z" } : null;
  });
  const session = { reached, patient: { streams: { getMessage } } } as unknown as Session;
  return { session, getMessage, looks: () => getMessage.mock.calls.map(([, { seq }]) => seq) };
}

const numbersOf = (all: readonly Held[]): readonly number[] => all.map(({ place }) => place.sequence);

test("what was handed out since the server was reached is answered without a look", async () => {
  const { session, looks } = streamWith([]);
  const some = [held(1, 2), held(2, 2)];

  expect(await new StillStored(() => some).of(session, some)).toBe(some);
  expect(looks()).toEqual([]);
});

test("what was handed out before is answered if the stream still has the newest of it: one look is enough", async () => {
  const { session, looks } = streamWith([5]);
  const all = [1, 2, 3, 4, 5].map((sequence) => held(sequence, 1));
  const stored = new StillStored(() => all);

  const answered = await Promise.all(
    [all.slice(0, 2), all.slice(2, 4)].map((some) => stored.of(session, some)),
  );

  expect(answered.map(numbersOf)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(looks()).toEqual([5]);
});

test("what is gone, or has left its place to another message, is not answered; what the stream has had before is", async () => {
  const { session } = streamWith([2], { others: [3] });
  const all = [1, 2, 3, 4].map((sequence) => held(sequence, 1));

  expect(numbersOf(await new StillStored(() => all).of(session, all))).toEqual([1, 2]);
});

test("a look that is not answered, as while a cluster has no leader, is given up soon, and done again", async () => {
  vi.useFakeTimers();
  const { session, getMessage } = streamWith([1]);
  getMessage.mockReturnValueOnce(new Promise(() => undefined));
  const all = [held(1, 1)];
  const stored = new StillStored(() => all);

  const [first] = await Promise.all([
    Promise.allSettled([stored.of(session, all)]),
    vi.advanceTimersByTimeAsync(3_001),
  ]);
  vi.useRealTimers();

  expect(first).toMatchObject([{ status: "rejected", reason: { message: "NATS does not answer in time." } }]);
  expect(await stored.of(session, all)).toEqual(all);
});

test("nothing that was found of one server is taken for true of the next", async () => {
  const all = [1, 2].map((sequence) => held(sequence, 1));
  const stored = new StillStored(() => all);
  await stored.of(streamWith([2]).session, all);
  const next = streamWith([1], { reached: 3, others: [2] });

  expect(numbersOf(await stored.of(next.session, all))).toEqual([1]);
});
