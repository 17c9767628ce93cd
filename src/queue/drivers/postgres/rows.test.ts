import { expect, test } from "vitest";
import { aMessage } from "../../../testing/builders.ts";
import { deliveryOf, type MessageRow } from "./rows.ts";

const { body, copy, name, receivedAt, entity } = aMessage();
const row: MessageRow = {
  id: 7,
  shard: 3,
  place: 7,
  attempt: 2,
  event_id: "event-7",
  name,
  entity,
  state: null,
  revision: 1,
  occurred_at: null,
  received_at: receivedAt,
  account: "39270",
  api_space_id: null,
  copy,
  replay: false,
  body,
};

test("a row is handed out as its message", () => {
  const { message, attempt } = deliveryOf(row);

  expect({ message, attempt }).toMatchObject({
    attempt: 1,
    message: { eventId: "event-7", receivedAt, copy },
  });
});

test.each<[Partial<MessageRow>, string]>([
  [{ account: "secret" }, "A message whose account is no JSON."],
  [{ account: "{}" }, "A message with values that no event has."],
  [{ received_at: 9e18 }, "A message with values that no event has."],
  [{ revision: -1 }, "A message with values that no event has."],
])("a row that somebody else wrote with %j is handed out as why it is no message", (fields, told) => {
  const { message } = deliveryOf({ ...row, ...fields });

  expect(message).toEqual(new RangeError(told));
});
