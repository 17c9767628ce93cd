import { expect, test } from "vitest";
import { sample } from "../../src/sandbox/samples.ts";
import { startTestApp } from "../support/program/app.ts";

test("what is unlike the schemas is handled all the same, and told by log, API and metrics", async () => {
  await using app = await startTestApp();

  await app.send([
    { ...sample("message.sent"), etag: 5 },
    { eventId: "1", name: "session.start" },
  ]);
  const { events } = await app.settled();

  expect(events).toMatchObject({ handled: 2, dead: 0 });
  await expect
    .poll(() => app.stats())
    .toMatchObject({
      drift: {
        unknownNames: [{ name: "session.start", count: 1 }],
        unlike: [{ name: "message.sent", path: "etag", message: "is a number, not a string", count: 1 }],
      },
    });
  const metrics = await (await fetch(new URL("/metrics", app.url))).text();
  expect(metrics).toContain('hookwell_drift_events_total{kind="unlike_schema"} 1\n');
  expect(app.log.map(({ fact }) => fact)).toEqual(
    expect.arrayContaining(["drift.unknown_name", "drift.unlike_schema"]),
  );
});
