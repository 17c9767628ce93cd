import { expect, test } from "vitest";
import { HourTally } from "./hours.ts";

const span = { since: Date.UTC(2026, 10, 24, 9), until: Date.UTC(2026, 10, 24, 11, 30) };

test("an hour is told in which the sender counts otherwise; each event counts when it occurred", () => {
  const tally = new HourTally(span);
  for (const minute of [0, 59])
    tally.add({ name: "message.sent", occurredAt: `2026-11-24T09:${minute ? 59 : "00"}:00.000Z` });
  tally.add({ name: "message.sent", occurredAt: "2026-11-24T10:00:00.000Z" });
  tally.add({ name: "message.delivered", occurredAt: null });
  const analytics = [
    { dateUtc: "2026-11-24T09:00:00.000Z", success: { sms: 1, rcs: 1 } },
    { dateUtc: "2026-11-24T10:00:00", success: { sms: 1 }, delivered: { sms: 1 }, failed: 2 },
  ];

  expect(tally.differences(analytics)).toMatchObject([
    {
      hour: "2026-11-24T10:00:00.000Z",
      ours: { sent: 1, delivered: 0, failed: 0 },
      theirs: { sent: 1, delivered: 1, failed: 2 },
    },
  ]);
});

test("an hour that only one side knows differs, unless nothing in it is in the span", () => {
  const tally = new HourTally(span);
  tally.add({ name: "message.inbound", occurredAt: "2026-11-24T08:59:59.999Z" });
  tally.add({ name: "message.inbound", occurredAt: "2026-11-24T11:00:00.000Z" });
  tally.add({ name: "message.inbound", occurredAt: "2026-11-24T11:30:00.000Z" });
  const analytics = [{ dateUtc: "2026-11-24T09:00:00.000Z", read: { rcs: 3 } }];

  const hours = tally.differences(analytics);

  expect(hours.map(({ hour }) => hour.slice(11, 13))).toEqual(["09", "11"]);
});
