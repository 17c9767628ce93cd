import { expect, test, vi } from "vitest";
import { testApi } from "../../test/support/program/api.ts";
import { silentLog } from "../log.ts";
import { sample } from "../sandbox/samples.ts";
import { Drift } from "../schema/drift.ts";
import { recordedLog } from "../testing/recorded-log.ts";
import { aMessage } from "../testing/builders.ts";

test("the statistics tell what waits, how events ended, and which secret was used", async () => {
  const { call, parts, settled } = testApi();
  const message = await settled("handled");
  await parts.ledger.admit([{ ...message, copy: "another" }]);
  await settled("dead");
  await parts.queue.put([aMessage()]);
  parts.quarantine.keep("q1", Uint8Array.of(1));

  const answer = await call("GET", "/api/v1/stats");

  expect(answer.json).toEqual({
    queue: { depth: 1, oldestAgeMs: expect.any(Number), spilled: 0, isAway: false },
    events: { pending: 0, retrying: 0, handled: 1, obsolete: 0, dead: 1 },
    duplicates: 1,
    quarantine: 1,
    secrets: [{ name: "default", hits: 3, lastUsedAt: null }],
    drift: null,
  });
});

test("what the queue has no more is counted among the events", async () => {
  const { call, parts, settled } = testApi();
  const { queue } = parts;
  const depth = queue.depth.bind(queue);
  vi.spyOn(queue, "depth").mockImplementationOnce(async () => {
    await settled("handled");
    return depth();
  });

  const answer = await call("GET", "/api/v1/stats");

  expect(answer.json).toMatchObject({ queue: { depth: 0 }, events: { handled: 1 } });
});

test("that the server of the queue is away is told, since what it has is not in the number", async () => {
  const { call, parts } = testApi();
  const depth = { messages: 2, oldestAgeMs: 5, spilled: 2, isAway: true };
  vi.spyOn(parts.queue, "depth").mockResolvedValueOnce(depth);

  const answer = await call("GET", "/api/v1/stats");

  expect(answer.json).toMatchObject({ queue: { depth: 2, spilled: 2, isAway: true } });
});

const ofAll = {
  queue: { depth: 0, oldestAgeMs: 0, spilled: 0, isAway: false },
  events: { pending: 0, retrying: 0, handled: 0, obsolete: 0, dead: 0 },
  duplicates: 0,
  quarantine: 0,
  secrets: [{ name: "default", hits: 3, lastUsedAt: null }],
  drift: null,
};

test.each([
  ["queue", { queue: null }],
  ["ledger", { events: null, duplicates: null }],
] as const)("while the %s does not answer, all others tell their numbers", async (away, unknown) => {
  const { log, lines } = recordedLog();
  const { call, parts } = testApi({ log });
  await parts[away].close();

  const { status, json } = await call("GET", "/api/v1/stats");

  expect(status).toBe(200);
  expect(json).toEqual({ ...ofAll, ...unknown });
  const fields: unknown = expect.objectContaining({ part: away });
  expect(lines).toEqual([{ level: "warn", fact: "api.unavailable", fields }]);
});

test("of what is kept of refused requests nothing is told while it cannot be read", async () => {
  const away = (): Promise<never> => Promise.reject(new Error("away"));
  const { call, parts } = testApi({ secretUse: away });
  vi.spyOn(parts.quarantine, "count").mockImplementation(away);

  const { json } = await call("GET", "/api/v1/stats");

  expect(json).toEqual({ ...ofAll, quarantine: null, secrets: null });
});

test("a ledger that hangs keeps nobody from the number of what waits", async () => {
  vi.useFakeTimers();
  const { call, parts } = testApi();
  vi.spyOn(parts.ledger, "stats").mockReturnValue(new Promise(() => undefined));

  const answer = call("GET", "/api/v1/stats");
  await vi.advanceTimersByTimeAsync(6_000);
  vi.useRealTimers();

  expect((await answer).json).toEqual({ ...ofAll, events: null, duplicates: null });
});

test("in what events are not as their schemas say is told by the process that handles them", async () => {
  const drift = new Drift({ log: silentLog, now: () => 0 });
  const { call } = testApi({ drift: () => drift.report() });
  const { payload: _, ...unlike } = sample("message.sent");
  for (const event of [unlike, { name: "session.start" }])
    drift.see(aMessage({ name: event.name, body: Buffer.from(JSON.stringify(event)) }));
  await expect.poll(() => drift.counts().get("unlike_schema")).toBe(1);

  const answer = await call("GET", "/api/v1/stats");

  const seen = { count: 1, firstSeenAt: "1970-01-01T00:00:00.000Z" };
  expect(answer.json).toMatchObject({
    drift: {
      unknownNames: [{ name: "session.start", ...seen }],
      unlike: [{ name: "message.sent", path: "payload", message: "is missing", ...seen }],
      others: { unknownNames: 0, unlike: 0 },
    },
  });
});
