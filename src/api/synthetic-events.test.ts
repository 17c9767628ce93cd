import { expect, test } from "vitest";
import { settledBy } from "../../test/support/program/settled-by.ts";
import { testApi } from "../../test/support/program/api.ts";
import type { EntityResponse } from "./contract.ts";

const post = (body: unknown): readonly ["POST", string, string] => [
  "POST",
  "/api/v1/events",
  typeof body === "string" ? body : JSON.stringify(body),
];

test("a missed status goes into the queue as an event", async () => {
  const { call, queued } = testApi();

  const answer = await call(...post({ messageId: "m1", status: "delivered", channel: "sms" }));

  expect([answer.status, answer.json]).toEqual([202, { queued: 1 }]);
  expect(await queued()).toMatchObject([
    { eventId: "reconciled:m1:delivered", name: "message.delivered", entity: "message:m1", revision: null },
  ]);
});

test("several statuses go together", async () => {
  const { call, queued } = testApi();

  await call(...post(["m1", "m2"].map((messageId) => ({ messageId, status: "read" }))));

  expect((await queued()).map(({ entity }) => entity)).toEqual(["message:m1", "message:m2"]);
});

test("the same status again is a duplicate", async () => {
  const app = testApi();
  const missed = post([{ messageId: "m1", status: "delivered" }]);

  for (let time = 0; time < 2; time += 1) await app.call(...missed);
  await settledBy(app);

  const { json } = await app.call("GET", "/api/v1/events/reconciled:m1:delivered");
  expect(json).toMatchObject({ status: "handled", attempts: 1, deliveries: 2, synthetic: true });
});

test("it is the latest of its message until a later event of the sender comes", async () => {
  const app = testApi();
  const entity = "message:m1";
  const latest = async (): Promise<string> =>
    ((await app.call("GET", `/api/v1/entities/${entity}`)).json as EntityResponse).latest.name;
  const [sentAt, deliveredAt, readAt] = [1, 2, 3].map((minute) => Date.UTC(2026, 6, 1, 9, minute));
  const timestamp = new Date(deliveredAt ?? 0).toISOString();
  await app.settled("handled", { entity, name: "message.sent", revision: 2, occurredAt: sentAt ?? 0 });

  await app.call(...post({ messageId: "m1", status: "delivered", timestamp }));
  await settledBy(app);
  expect(await latest()).toBe("message.delivered");

  await app.settled("handled", { entity, name: "message.read", revision: 4, occurredAt: readAt ?? 0 });
  expect(await latest()).toBe("message.read");
});

test("the sender's own event is handled if it comes after all", async () => {
  const app = testApi();
  await app.call(...post({ messageId: "m1", status: "delivered" }));
  await settledBy(app);

  const { eventId } = await app.settled("handled", { entity: "message:m1", revision: 3 });

  const { json } = await app.call("GET", `/api/v1/events/${eventId}`);
  expect(json).toMatchObject({ status: "handled", conflict: false, synthetic: false });
});

test.each([
  ["nothing", "", "The body must be JSON"],
  ["a text", '"m1"', "A status must be an object"],
  ["a text in a list", ["m1"], "[0] must be an object"],
  ["an empty list", [], "A list must have 1 to 1000 statuses."],
  ["no status", { messageId: "m1" }, "`status` must be one of sent, delivered, read, expired, failed."],
  ["an unknown status", [{ messageId: "m1", status: "lost" }], "`[0].status` must be one of"],
  ["no id", { status: "read" }, "`messageId` must be a string of 1 to 900 characters."],
  ["a wrong time", { messageId: "m1", status: "read", timestamp: "noon" }, "`timestamp` must be a time"],
  ["an unknown field", { messageId: "m1", status: "read", revision: 3 }, "`revision` is not known here."],
])("%s is refused", async (_, body, expected) => {
  const { call, queued } = testApi();

  const { status, json } = await call(...post(body));

  expect(status).toBe(400);
  expect(json).toMatchObject({ error: { message: expect.stringContaining(expected) as string } });
  expect(await queued()).toEqual([]);
});
