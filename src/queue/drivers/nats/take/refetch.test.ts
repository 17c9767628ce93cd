import type { StoredMsg } from "@nats-io/jetstream";
import { headers } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import { aMessage } from "../../../../testing/builders.ts";
import { storedAtOf } from "../attempts/attempts.ts";
import { NatsBuffer } from "./buffer.ts";
import { apiErrors } from "../errors.ts";
import type { Seat } from "../answer/held.ts";
import { writeHeaders } from "../message.ts";
import { refetch } from "./refetch.ts";
import type { Session } from "../topology/session.ts";

const message = aMessage();
const timestamp = "2026-01-01T00:00:00.5Z";
const stored = {
  header: writeHeaders(headers(), message, message.copy),
  data: message.body,
  timestamp,
} as unknown as StoredMsg;

function seatOf(sequence: number): Seat {
  const shard = { index: 0, consumer: "0-one-0", incarnation: "one", takeovers: [], generation: 0 };
  const place = { consumer: shard.consumer, sequence, storedAt: storedAtOf(timestamp), delivered: 1 };
  const receipt = `${sequence}.${place.storedAt}`;
  const order = { after: sequence, turn: 0 };
  const lane = String(sequence);
  return { shard, reached: 1, place, reply: "", receipt, attempt: 1, order, note: 0, lane, bytes: 1 };
}

test("what is not in the stream any more is done, what is there is handed on, and all else stays", async () => {
  const found: readonly (() => Promise<StoredMsg | null>)[] = [
    async () => stored,
    // Of a stream that was made anew.
    async () => ({ ...stored, timestamp: "2026-02-02T00:00:00Z" }),
    async () => null,
    () => Promise.reject(Object.assign(new Error("no message found"), { code: apiErrors.noMessage })),
    () => Promise.reject(new Error("no answer")),
  ];
  const getMessage = (_: string, { seq }: { readonly seq: number }) => found[seq]?.();
  const buffer = new NatsBuffer(() => true);
  for (const sequence of found.keys()) buffer.addAgain(seatOf(sequence));

  const session = { manager: { streams: { getMessage } } } as unknown as Session;
  const reason = await refetch(session, buffer, 10);

  expect(String(reason)).toContain("no answer");
  const taken = buffer.take(10, () => undefined);
  expect(taken.map((held) => [held.place.sequence, held.message])).toEqual([[0, message]]);
  expect(buffer.all().map(({ place }) => place.sequence)).toEqual([4]);
});
