import { expect, test } from "vitest";
import { sample, sampleNames } from "../sandbox/samples.ts";
import { checkEvent } from "./check-event.ts";

test.each(sampleNames)("nothing is unlike the schema in the sample of %s", (name) => {
  expect(checkEvent(sample(name))).toEqual([]);
});

test("an unlike event is told by path, each once, and without its values", () => {
  const { eventId: _, ...event } = sample("message.inbound");
  const payload = { ...event.payload, from: 4, channel: 5, messageParts: [{ type: null }], extra: "new" };

  const found = checkEvent({ ...event, revision: -1, payload });

  expect(found).toEqual(
    expect.arrayContaining([
      { path: "eventId", message: "is missing" },
      { path: "revision", message: "must be >= 0" },
      { path: "payload.channel", message: "is a number, not a string" },
      { path: "payload.messageParts[0].type", message: "is null, not a string" },
    ]),
  );
  expect(new Set(found.map(({ path }) => path)).size).toBe(found.length);
});

test.each([
  [{ eventId: "1", name: "session.start", anything: [1] }, []],
  [{ eventId: 1, name: "events" }, [{ path: "eventId", message: "is a number, not a string" }]],
  [{ eventId: "1", name: ["message.sent"] }, [{ path: "name", message: "is an array, not a string" }]],
  ["text", [{ path: "", message: "is a string, not an object" }]],
  [null, [{ path: "", message: "is null, not an object" }]],
])("%j is checked as an event that nobody knows", (event, found) => {
  expect(checkEvent(event)).toEqual(found);
});
