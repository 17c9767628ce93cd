import { expect, test } from "vitest";
import { attemptOf, type Noted, placeOf } from "./attempts.ts";
import type { NatsShard } from "../topology/shard.ts";

/** Of what had been handed out up to message 5 when it was taken over. */
const shard: NatsShard = { index: 0, consumer: "0-a-1", incarnation: "a", takeovers: [5], generation: 1 };

test.each([
  ["of this server", "$JS.ACK.events.0-a-1.3.7.12.1700000000000000000.4"],
  ["of a newer one", "$JS.ACK._.hash.events.0-a-1.3.7.12.1700000000000000000.4.token"],
])("where a message is to be answered tells its place: %s", (_, reply) => {
  expect(placeOf(reply)).toEqual({
    consumer: "0-a-1",
    sequence: 7,
    storedAt: "1700000000000000000",
    delivered: 3,
  });
});

const failed: Noted = { attempt: 4, delivered: 2, takeovers: 1, order: null, dueAt: 0, delayMs: 0 };
const ofLastOwner: Noted = { ...failed, takeovers: 0 };

test.each<{ what: string; sequence?: number; delivered: number; noted?: Noted; attempt: number }>([
  { what: "was handed out twice", sequence: 6, delivered: 2, attempt: 2 },
  { what: "was taken over as well", delivered: 2, attempt: 3 },
  { what: "comes as it was noted", delivered: 2, noted: failed, attempt: 4 },
  { what: "comes once more since", delivered: 3, noted: failed, attempt: 5 },
  { what: "comes from before that", delivered: 1, noted: failed, attempt: 4 },
  { what: "was under way when it was taken over", delivered: 1, noted: ofLastOwner, attempt: 5 },
  {
    what: "waited when it was taken over",
    delivered: 1,
    noted: { ...ofLastOwner, isNext: true },
    attempt: 4,
  },
])("the attempt of a message that $what is $attempt", ({ sequence = 5, delivered, noted, attempt }) => {
  const place = { consumer: shard.consumer, sequence, storedAt: "1", delivered };

  expect(attemptOf(shard, place, noted)).toBe(attempt);
});
