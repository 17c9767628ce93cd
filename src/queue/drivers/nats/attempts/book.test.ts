import type { JetStreamManager } from "@nats-io/jetstream";
import { expect, test } from "vitest";
import type { Noted, Place } from "./attempts.ts";
import { AttemptBook } from "./book.ts";
import { apiErrors } from "../errors.ts";

const place: Place = { consumer: "0-one-0", sequence: 5, storedAt: "1", delivered: 1 };
const noted: Noted = { attempt: 2, delivered: 2, takeovers: 1, order: null, dueAt: 0, delayMs: 0 };

/** A book whose server refuses the first note with this code, and then has the note of another. */
function refusing(code: number, takeovers: number) {
  const expected: number[] = [];
  const publish = async (
    _: string,
    __: string,
    { expect: { lastSubjectSequence } }: { readonly expect: { readonly lastSubjectSequence: number } },
  ) => {
    expected.push(lastSubjectSequence);
    if (expected.length === 1) throw Object.assign(new Error("refused"), { code });
    return { seq: 8 };
  };
  const found = { seq: 7, json: (): Noted => ({ ...noted, takeovers }) };
  const manager = { jetstream: () => ({ publish }), streams: { getMessage: async () => found } };
  return { book: new AttemptBook(manager as unknown as JetStreamManager, "book"), expected };
}
const { wrongLastSequence } = apiErrors;

test("the number of the note that gave an order is its turn, also when it is noted again", async () => {
  const orders = [{ after: 5 }, { after: 5, turn: 6 }, null];
  const found = orders.map((order) => ({ seq: 7, json: (): Noted => ({ ...noted, order }) }));
  const manager = { streams: { getMessage: async () => found.shift() } };
  const book = new AttemptBook(manager as unknown as JetStreamManager, "book");

  const read = [await book.read(place), await book.read(place), await book.read(place)];

  expect(read.map((note) => note?.noted.order)).toEqual([{ after: 5, turn: 7 }, { after: 5, turn: 6 }, null]);
});

test("what a later owner of the shard has noted stays", async () => {
  const { book, expected } = refusing(wrongLastSequence, 2);

  expect(await book.write(place, noted, 3)).toBe(7);

  expect(expected).toEqual([3]);
});

test("what was noted in the same ownership, as in a call whose answer was lost, is written over", async () => {
  const { book, expected } = refusing(wrongLastSequence, 1);

  expect(await book.write(place, noted, 3)).toBe(8);

  expect(expected).toEqual([3, 7]);
});

test("without room of whichever kind the book has what it had, and any other refusal is told", async () => {
  const { noResources, noStorage, streamFull } = apiErrors;
  for (const code of [noResources, noStorage, streamFull])
    expect(await refusing(code, 1).book.write(place, noted, 3)).toBe(3);
  await expect(refusing(10_001, 1).book.write(place, noted, 3)).rejects.toThrow("refused");
});
