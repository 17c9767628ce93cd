import { headers, type MsgHdrs } from "@nats-io/transport-node";
import { expect, test } from "vitest";
import type { Message } from "../../../event/message.ts";
import { aMessage, type MessageFields } from "../../../testing/builders.ts";
import { readMessage, writeHeaders } from "./message.ts";

const written = (message: Message, id: string = message.copy): MsgHdrs =>
  writeHeaders(headers(), message, id);
const told = (its: MsgHdrs | undefined): string =>
  (readMessage({ data: new Uint8Array(), ...(its && { headers: its }) }) as RangeError).message;

test.each<MessageFields>([
  { accountId: 12 },
  { accountId: "12" },
  { accountId: "012" },
  { accountId: "" },
  { accountId: null, apiSpaceId: null, state: null, revision: null, occurredAt: null },
  { revision: 0, replay: true },
  { name: "message.é", apiSpaceId: " a\r\nb: 100% " },
])("an event is read as it was written: %j", (fields) => {
  const message = aMessage(fields);

  const its = written(message, "another id");

  expect(readMessage({ headers: its, data: message.body })).toEqual(message);
});

test("what this version cannot read is told without what it holds", () => {
  const damaged = written(aMessage());
  const unsound = written(aMessage({ receivedAt: 1e300 }));
  damaged.set("Hookwell-Entity", "message:secret%FF");
  const [later, foreign] = [written(aMessage()), written(aMessage())];
  later.set("Hookwell-Format", "2");
  foreign.set("Hookwell-Format", "1secret2");

  expect([damaged, unsound, later, foreign, undefined].map(told)).toEqual([
    "A message whose headers are damaged.",
    "A message with values that no event has.",
    "A message of format 2; this Hookwell knows format 1.",
    "A message of format (none); this Hookwell knows format 1.",
    "A message of format (none); this Hookwell knows format 1.",
  ]);
});
