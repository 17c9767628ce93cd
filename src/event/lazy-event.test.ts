import assert from "node:assert/strict";
import { inspect } from "node:util";
import { describe, expect, test, vi } from "vitest";
import { Families } from "./entity.ts";
import { parseBatch } from "./envelope.ts";
import type { Message } from "./message.ts";
import { toEvent } from "./lazy-event.ts";
import type { HookwellEvent } from "./typed-event.ts";

const receivedAt = Date.UTC(2025, 2, 4, 10, 15, 23);

function aMessage(text: string): Message {
  const [envelope] = parseBatch(Buffer.from(text), new Families()).envelopes;
  if (envelope === undefined) throw new Error("no event in it");
  return { ...envelope, receivedAt, copy: "c1", replay: false };
}

const sent =
  '{"eventId":"e1","accountId":48213,"apiSpaceId":"s1","name":"message.sent","payload":{"id":"m1","size":1.0},' +
  '"revision":2,"timestamp":"2025-03-04T10:15:22.004Z","new":true}';

describe("an event", () => {
  test("tells what the envelope says", () => {
    const event = toEvent(aMessage(sent));

    expect(event.eventId).toBe("e1");
    expect(event.name).toBe("message.sent");
    expect(event.entity).toBe("message:m1");
    expect(event.revision).toBe(2);
    expect(event.receivedAt).toEqual(new Date(receivedAt));
    expect(event.occurredAt).toEqual(new Date("2025-03-04T10:15:22.004Z"));
    expect(event.accountId).toBe(48_213);
    expect(event.apiSpaceId).toBe("s1");
    expect(event.profileId).toBeUndefined();
    expect(event.payload).toEqual({ id: "m1", size: 1 });
  });

  test("gives its exact bytes, its text and the whole envelope", () => {
    const event = toEvent(aMessage(`\ufeff ${sent}\n`));

    expect(Buffer.from(event.body).toString()).toBe(`\ufeff ${sent}\n`);
    expect(event.text).toBe(` ${sent}\n`);
    expect(event.json).toMatchObject({ new: true, payload: { id: "m1" } });
  });

  test("gives its bytes to be kept: whatever becomes of them, those of the message and of its neighbours stay", () => {
    const packed = new TextEncoder().encode(`${sent}, and its neighbour`);
    const message = { ...aMessage(sent), body: packed.subarray(0, sent.length) };
    const event = toEvent(message);

    const { body } = event;
    body.fill(0);
    structuredClone(body, { transfer: [body.buffer] });

    expect(Buffer.from(packed).toString()).toBe(`${sent}, and its neighbour`);
    expect(event.text).toBe(sent);
    expect(Buffer.from(toEvent(message).body).toString()).toBe(sent);
  });

  test("is parsed when it is asked for something inside, and once", () => {
    const message = aMessage(sent);
    const parse = vi.spyOn(JSON, "parse");

    const event = toEvent(message);
    const outside = [event.eventId, event.name, event.entity, event.body, event.text, event.occurredAt];
    const before = parse.mock.calls.length;
    const { payload, json } = event;
    const again = [event.payload, event.json, event.profileId];
    const after = parse.mock.calls.length;
    parse.mockRestore();

    expect([before, after]).toEqual([0, 1]);
    expect(outside).toContain(sent);
    expect(again[0]).toBe(payload);
    expect(again[1]).toBe(json);
  });

  test("of presence.* names the person and has no payload", () => {
    const event = toEvent(aMessage('{"eventId":"e1","name":"presence.away","profileId":"agent"}'));

    expect(event.profileId).toBe("agent");
    expect(event.payload).toBeUndefined();
    expect(event.revision).toBeNull();
    expect(event.occurredAt).toBeNull();
  });

  test("is of its own name, and of the patterns that mean it", () => {
    const event = toEvent(aMessage(sent));

    const asked = ["message.sent", "message.*", "*", "message.failed", "message", "chat.*"];

    expect(asked.filter((name) => event.is(name))).toEqual(["message.sent", "message.*", "*"]);
  });

  test.each(['"text"', "[1]", "null", "7"])("has no payload if that is %s", (payload) => {
    const event = toEvent(aMessage(`{"eventId":"e1","name":"a.b","payload":${payload}}`));

    expect(event.payload).toBeUndefined();
  });

  test.each<[string, (event: HookwellEvent) => Partial<HookwellEvent>]>([
    ["by a spread", (event) => ({ ...event })],
    ["by Object.assign", (event) => Object.assign({}, event)],
    ["by structuredClone, as for another thread", (event) => structuredClone(event)],
  ])("is copied whole %s", (_how, copyOf) => {
    const event = toEvent(aMessage(sent));

    const copy = copyOf(event);

    const { eventId, name, entity, revision, accountId, apiSpaceId, receivedAt, occurredAt } = event;
    const { profileId, payload, body, text, json } = event;
    const fields = { eventId, name, entity, revision, accountId, apiSpaceId, receivedAt, occurredAt };
    expect(copy).toStrictEqual({ ...fields, profileId, payload, body, text, json });
  });

  test("equals another of the same bytes, and no other", () => {
    const other = aMessage(sent.replace('"size":1.0', '"size":2.0'));

    expect(toEvent(aMessage(sent))).toEqual(toEvent(aMessage(sent)));
    expect(toEvent(aMessage(sent))).not.toEqual(toEvent(other));
    expect(() => assert.deepEqual(toEvent(aMessage(sent)), toEvent(other))).toThrow(assert.AssertionError);
    expect(() => expect(toEvent(other)).toMatchObject({ payload: { size: 1 } })).toThrow(
      /^expected .* to match object/,
    );
  });

  test("is readable when printed, and is its envelope as JSON", () => {
    const event = toEvent(aMessage(sent));

    expect(inspect(event)).toContain("message:m1");
    expect(inspect(event)).toContain("size: 1");
    expect(JSON.parse(JSON.stringify(event))).toEqual(JSON.parse(sent));
  });
});
