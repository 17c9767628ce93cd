import { expect, test } from "vitest";
import { NatsLeftovers } from "./leftovers.ts";
import type { Session } from "../topology/session.ts";

const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };

/** The stream has these messages of a shard, each of its own lane; its consumer takes the first one for done. */
function sessionOf(...sequences: readonly [first: number, ...number[]]): Session {
  const [first, ...waiting] = sequences;
  const info = { num_pending: waiting.length, num_ack_pending: 0, ack_floor: { stream_seq: first } };
  const stored = sequences.map((seq) => ({
    seq,
    timestamp: "2026-01-01T00:00:00.000000001Z",
    data: new Uint8Array(),
  }));
  const subjects = Object.fromEntries(sequences.map((seq) => [`events.0.lane${seq}`, 1]));
  const getMessage = async (_: string, { seq }: { readonly seq: number }): Promise<unknown> =>
    stored.find((each) => each.seq >= seq) ?? null;
  const streams = {
    info: async () => ({ state: { subjects } }),
    getMessage,
  };
  const manager = { streams, consumers: { info: async () => info } };
  return { stream: "events", shards: [shard], manager } as unknown as Session;
}

test("only what its consumer takes for done is left over, and not what is still to be handed out", async () => {
  const [leftovers, session] = [new NatsLeftovers(), sessionOf(4, 5, 6)];
  await leftovers.find(session, [0]);

  const found = await leftovers.find(session, [0]);

  // It was handed out before, so this is not its first attempt.
  expect(found.map(({ place }) => [place.sequence, place.delivered])).toEqual([[4, 2]]);
});
