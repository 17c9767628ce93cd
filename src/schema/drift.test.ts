import { expect, test } from "vitest";
import type { EventId } from "../event/envelope.ts";
import { sample } from "../sandbox/samples.ts";
import { recordedLog, type RecordedLog } from "../testing/recorded-log.ts";
import { Drift } from "./drift.ts";

const start = Date.UTC(2026, 6, 1);
const firstSeenAt = "2026-07-01T00:00:00.000Z";

interface Watched extends RecordedLog {
  readonly drift: Drift;
  readonly see: (event: { readonly name: string }, eventId?: string) => void;
  readonly wait: (ms: number) => void;
}

function watched(): Watched {
  let now = start;
  const recorded = recordedLog();
  const drift = new Drift({ log: recorded.log, now: () => now });
  return {
    ...recorded,
    drift,
    see: (event, eventId = "e1") =>
      drift.see({ eventId: eventId as EventId, name: event.name, body: Buffer.from(JSON.stringify(event)) }),
    wait: (ms) => void (now += ms),
  };
}

const failed = sample("message.inbound");
const unlike = { ...failed, payload: { ...failed.payload, messageParts: [{ type: 5 }, { type: 6 }] } };

test("unknown names are all counted, and logged once each", () => {
  const { drift, see, lines } = watched();

  for (const name of ["session.start", "session.end", "session.start"]) see({ name });

  expect(drift.report().unknownNames).toEqual([
    { name: "session.start", count: 2, firstSeenAt },
    { name: "session.end", count: 1, firstSeenAt },
  ]);
  expect(drift.counts().get("unknown_name")).toBe(3);
  expect(lines.map(({ fact, fields }) => [fact, fields])).toEqual([
    ["drift.unknown_name", { name: "session.start" }],
    ["drift.unknown_name", { name: "session.end" }],
  ]);
});

test("of each name, one event a second is held against its schema, and nothing of its values is told", async () => {
  const { drift, see, wait, lines } = watched();

  see(unlike);
  see(unlike);
  see(sample("presence.away"));
  wait(1_000);
  see(unlike);
  await expect.poll(() => drift.counts().get("unlike_schema")).toBe(2);

  expect(drift.report().unlike).toEqual([
    {
      name: "message.inbound",
      path: "payload.messageParts[].type",
      message: "is a number, not a string",
      count: 2,
      firstSeenAt,
    },
  ]);
  expect(lines.map(({ fact }) => fact)).toEqual(["drift.unlike_schema"]);
});

test("what is beyond the first hundred different ones is only counted", () => {
  const { drift, see, facts } = watched();

  for (let number = 0; number < 103; number += 1) see({ name: `new.${number}` });
  see({ name: "new.5" });

  const { unknownNames, others } = drift.report();
  expect([unknownNames.length, others]).toEqual([100, { unknownNames: 3, unlike: 0 }]);
  expect(facts().length).toBe(100);
  expect(drift.counts().get("unknown_name")).toBe(104);
});

test("what Hookwell itself has queued says nothing of the sender", async () => {
  const { drift, see } = watched();

  see({ name: "message.read" }, "reconciled:m1:read");
  see({ name: "message.sent" });
  await expect.poll(() => drift.counts().get("unlike_schema")).toBe(1);

  expect(new Set(drift.report().unlike.map(({ name }) => name))).toEqual(new Set(["message.sent"]));
});
