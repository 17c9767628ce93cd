import { expect, test } from "vitest";
import { Families } from "../event/entity.ts";
import { parseBatch } from "../event/envelope.ts";
import { decodeMessage, encodeMessage } from "../event/message.ts";
import { aMessage, anEnvelope } from "./builders.ts";

test("an envelope is what the sender's body says", () => {
  const envelope = anEnvelope({ revision: 7, accountId: "39270" });

  const { envelopes } = parseBatch(envelope.body, new Families());

  expect(envelopes).toEqual([envelope]);
});

test("no two messages share an event, a copy or an entity", () => {
  const messages = Array.from({ length: 100 }, () => aMessage());

  const names = messages.flatMap(({ eventId, copy, entity }) => [eventId, copy, entity]);

  expect(new Set<string>(names).size).toBe(300);
});

test("what a test says is kept, null as well", () => {
  const fields = { eventId: "e", copy: "c", state: null, revision: null, body: Uint8Array.of(1) };

  const message = aMessage({ ...fields, replay: true, receivedAt: 5 });

  expect(message).toMatchObject({ ...fields, replay: true, receivedAt: 5 });
});

test("the state follows the entity unless a test says otherwise", () => {
  const states = [anEnvelope({ entity: "chat:1" }).state, anEnvelope({ entity: "chat:1", state: "s" }).state];

  expect(states).toEqual(["chat:1", "s"]);
});

test("a message survives its way through the queue", () => {
  const message = aMessage();

  const decoded = decodeMessage(encodeMessage(message));

  expect({ ...decoded, body: [...decoded.body] }).toEqual({ ...message, body: [...message.body] });
});
