import { describe, expect, test } from "vitest";
import { answers, engineUrls } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { ownSchema } from "../../../../test/support/drivers/postgres-harness.ts";
import { messageOf, never, ownAll } from "../../../testing/queue-driver/harness.ts";
import { openPostgresQueue } from "./queue.ts";

const isThere = await answers("postgres");

describe.skipIf(!isThere).concurrent("a line that is slow", () => {
  test.for([
    { what: "many large events, in smaller hand-outs", count: 12, bytes: 250_000, bytesPerMs: 750 },
    { what: "an event that a sender could just bring", count: 1, bytes: 1_200_000, bytesPerMs: 300 },
  ])("brings $what", { timeout: 90_000 }, async ({ count, bytes, bytesPerMs }) => {
    await using schema = ownSchema();
    await using line = await Line.to(engineUrls.postgres, bytesPerMs);
    const [near, far] = [
      await openPostgresQueue(schema.url, { leaseMs: 30_000 }),
      await openPostgresQueue(line.through(schema.url), { leaseMs: 30_000 }),
    ];
    await near.send(Array.from({ length: count }, () => messageOf(new Uint8Array(bytes))));

    await ownAll(far);
    const attempts: number[] = [];
    const until = performance.now() + 75_000;
    while (attempts.length < count && performance.now() < until) {
      const deliveries = await far.receive(100, never).catch(() => []);
      attempts.push(...deliveries.map(({ attempt }) => attempt));
    }

    expect(attempts).toEqual(Array.from({ length: count }, () => 1));
    await Promise.all([near.close(), far.close()]);
  });
});
