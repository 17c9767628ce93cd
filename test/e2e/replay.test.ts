import { expect, test } from "vitest";
import { freshEvent } from "../../src/sandbox/fresh-event.ts";
import { eventually } from "../../src/testing/eventually.ts";
import { seededRandom } from "../../src/lib/random.ts";
import { startTestApp } from "../support/program/app.ts";

test("an event that waits for its next attempt is tried at once if a person wants it, and only once", async () => {
  const mended = Promise.withResolvers<void>();
  const attempts: number[] = [];
  await using app = await startTestApp({
    env: { HOOKWELL_BACKOFF_MIN: "2s", HOOKWELL_BACKOFF_MAX: "2s" },
    handlers: {
      "*": async (_event, { attempt }) => {
        attempts.push(attempt);
        if (attempts.length === 1) throw new Error("no database");
        await mended.promise;
      },
    },
  });
  const event = freshEvent("message.sent", { random: seededRandom(11), now: Date.now });
  const { eventId } = event;
  await app.send(event);
  await eventually(async () => expect(await app.event(eventId)).toMatchObject({ status: "retrying" }));

  for (const _ of [1, 2]) await app.api(`/events/${eventId}/replay`, { method: "POST" });
  mended.resolve();

  await eventually(async () => expect(await app.event(eventId)).toMatchObject({ status: "handled" }));
  // The retry that was due before the replays still waits in the queue. When it comes it is no attempt: the event is
  // handled.
  await app.settled();
  expect(attempts).toEqual([1, 1]);
  expect(await app.event(eventId)).toMatchObject({ status: "handled", attempts: 2 });
});
