import { expect, test } from "vitest";
import type { EventRecord } from "../../api/contract.ts";
import type { SentMessage } from "../../client/index.ts";
import { isFinished, missedOf, onItsWayMs } from "./missed.ts";

const now = Date.UTC(2026, 10, 24, 12);

const events = (...names: readonly string[]): readonly EventRecord[] =>
  names.map((name) => ({ name, accountId: 39270, apiSpaceId: null }) as EventRecord);

const told = (fields: Partial<SentMessage>): SentMessage =>
  ({ messageId: "m1", channel: null, updatedOn: "2026-11-24T09:00:00.000Z", ...fields }) as SentMessage;

test("a status that the sender tells and the ledger lacks was missed, with all that is known of it", () => {
  const statusDetails = { channel: "sms", channelStatus: { sms: { status: "delivered" } } };
  const message = told({ status: "delivered", channel: "sms", statusDetails, metadata: { order: 7 } });

  expect(missedOf(events("message.sentRequest", "message.sent"), message, now)).toEqual({
    messageId: "m1",
    ours: "sent",
    theirs: "delivered",
    since: "2026-11-24T09:00:00.000Z",
    status: {
      messageId: "m1",
      status: "delivered",
      timestamp: "2026-11-24T09:00:00.000Z",
      channel: "sms",
      details: statusDetails,
      metadata: { order: 7 },
      accountId: 39270,
    },
  });
});

test.each([
  ["the ledger has it", "sent", ["message.sent"]],
  ["it has no events", "processing", ["message.sentRequest"]],
  ["it has no events", "filtered", ["message.sent"]],
] as const)("nothing was missed if %s", (_, status, names) => {
  expect(missedOf(events(...names), told({ status }), now)).toBeUndefined();
});

test("a status of this moment, by whichever clock, is not missed: its event may be on its way", () => {
  const since = (ms: number): string => new Date(now - ms).toISOString();
  const missed = [onItsWayMs - 1, 1 - onItsWayMs, onItsWayMs].map((ms) =>
    missedOf(events("message.sent"), told({ status: "read", updatedOn: since(ms) }), now),
  );

  expect(missed.map((one) => one?.theirs)).toEqual([undefined, undefined, "read"]);
});

test("a message is finished with any final status, in whatever order its events came", () => {
  expect(isFinished(events("message.delivered", "message.sent"))).toBe(true);
  expect(isFinished(events("message.sentRequest", "message.sent", "message.unknown"))).toBe(false);
});
