import { expect, test } from "vitest";
import { testApi } from "../../test/support/api.ts";
import type { EventRecord } from "../ledger/record.ts";
import { latestOf } from "./entities.ts";

test("the timeline is ordered by revision, with the newest handled one as the latest", async () => {
  const { call, settled } = testApi();
  const entity = "message:a/b:é";
  await settled("handled", { eventId: "second", entity, revision: 2 });
  await settled("handled", { eventId: "third", entity, revision: 3 });
  await settled("dead", { eventId: "fourth", entity, revision: 4 });

  const answer = await call("GET", `/api/v1/entities/${encodeURIComponent(entity)}`);

  expect(answer.json).toMatchObject({
    entity,
    latest: { eventId: "third" },
    events: [{ eventId: "second" }, { eventId: "third" }, { eventId: "fourth" }],
  });
});

test("an entity that nobody knows is answered with 404", async () => {
  const { call } = testApi();

  const answer = await call("GET", "/api/v1/entities/message:none");

  expect(answer.status).toBe(404);
});

const record = (eventId: string, fields: Partial<EventRecord>): EventRecord =>
  ({
    eventId,
    status: "handled",
    revision: null,
    receivedAt: "2026-07-01T00:00:00.000Z",
    ...fields,
  }) as EventRecord;

test("without a handled revision the latest is the one received last", () => {
  const events = [
    record("a", { receivedAt: "2026-07-01T00:00:01.000Z" }),
    record("b", { receivedAt: "2026-07-01T00:00:02.000Z" }),
    record("c", { receivedAt: "2026-07-01T00:00:00.000Z", revision: 9, status: "dead" }),
  ];

  const latest = latestOf(events);

  expect(latest?.eventId).toBe("b");
});

test("of equal revisions the latest is the one that came last", () => {
  const events = [record("a", { revision: 0 }), record("b", { revision: 0 }), record("c", {})];

  const latest = latestOf(events);

  expect(latest?.eventId).toBe("b");
});
