import { expect, test, vi } from "vitest";
import { testApi } from "../../test/support/api.ts";
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
