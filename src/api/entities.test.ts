import { expect, test } from "vitest";
import { testApi } from "../../test/support/program/api.ts";
import type { EventRecord } from "../ledger/record.ts";
import type { EntityResponse } from "./contract.ts";
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

test("of a long timeline it gives the newest events that were asked for, and what is latest in all of it", async () => {
  const { call, settled } = testApi();
  const entity = "message:1";
  const path = `/api/v1/entities/${entity}`;
  await settled("handled", { eventId: "old", entity, revision: 9, receivedAt: 1 });
  for (const [revision, eventId] of ["a", "b", "c"].entries())
    await settled("dead", { eventId, entity, revision, receivedAt: 2 });
  const idsOf = ({ json }: { json: unknown }): readonly string[] =>
    (json as EntityResponse).events.map(({ eventId }) => eventId);

  const answer = await call("GET", `${path}?limit=2`);

  expect(idsOf(answer)).toEqual(["b", "c"]);
  expect(answer.json).toMatchObject({ latest: { eventId: "old" } });
  expect(idsOf(await call("GET", path))).toEqual(["a", "b", "c", "old"]);
  expect((await call("GET", `${path}?limit=1001`)).status).toBe(400);
});

test("a timeline is whole unless less of it is asked for", async () => {
  const { call, settled } = testApi();
  for (let revision = 1; revision <= 60; revision += 1)
    await settled("handled", { entity: "message:1", revision });

  const { json } = await call("GET", "/api/v1/entities/message:1");

  expect((json as EntityResponse).events).toHaveLength(60);
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

test("of those that came together the latest is the last one", () => {
  expect(latestOf([record("a", {}), record("b", {})])?.eventId).toBe("b");
});

test("of equal revisions the latest is the one that came last", () => {
  const events = [record("a", { revision: 0 }), record("b", { revision: 0 }), record("c", {})];

  const latest = latestOf(events);

  expect(latest?.eventId).toBe("b");
});
