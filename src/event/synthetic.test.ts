import { expect, test } from "vitest";
import { Families } from "./entity.ts";
import { parseBatch } from "./envelope.ts";
import { isSynthetic, syntheticEvent } from "./synthetic.ts";

const at = Date.UTC(2026, 6, 1, 9, 30);

test("a synthetic event has the form of the sender's, and says that it is none of them", () => {
  const event = syntheticEvent(
    {
      messageId: "m1",
      status: "failed",
      timestamp: "2026-07-01T08:00:00.000Z",
      channel: "sms",
      details: { channelStatus: { sms: { status: "failed" } } },
      metadata: { order: 7 },
      accountId: 39270,
    },
    at,
  );

  expect(event).toEqual({
    eventId: "reconciled:m1:failed",
    accountId: 39270,
    name: "message.failed",
    payload: {
      id: "m1",
      details: { channel: "sms", channelStatus: { sms: { status: "failed" } } },
      updatedOn: "2026-07-01T08:00:00.000Z",
      metadata: { order: 7 },
    },
    timestamp: "2026-07-01T08:00:00.000Z",
    synthetic: { source: "reconcile", at: "2026-07-01T09:30:00.000Z" },
  });
});

test("a synthetic event belongs to its message, without a place in its sequence", () => {
  const body = Buffer.from(JSON.stringify(syntheticEvent({ messageId: "m1", status: "read" }, at)));

  const [envelope] = parseBatch(body, new Families()).envelopes;

  expect(envelope).toMatchObject({
    entity: "message:m1",
    state: "message:m1",
    revision: null,
    occurredAt: at,
  });
  expect(isSynthetic(envelope?.eventId ?? "")).toBe(true);
});
