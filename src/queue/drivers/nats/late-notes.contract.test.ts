import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/servers/engines.ts";
import { Line } from "../../../../test/support/network/line.ts";
import { twoQueues } from "../../../../test/support/drivers/nats-harness.ts";
import { NatsServer } from "../../../../test/support/servers/nats-server.ts";
import { collect, messages, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import { openNatsQueue } from "./queue.ts";

describe.skipIf(!(await answers("nats")))("what who has lost its shards notes late", () => {
  test("is not written over what the next owner has noted", async () => {
    await using server = await NatsServer.start();
    await using line = await Line.to(server.url);
    const lost = await openNatsQueue(line.through(server.url), { leaseMs: 30_000 });
    const [next, last] = await twoQueues(server);
    await ownAll(lost);
    await next.send(messages("message", 2));
    const [failed] = await collect(lost, 2);
    assert.ok(failed !== undefined);
    line.hold();
    const retrying = lost.retry(failed, { delayMs: 10, attempt: 2 }).catch(() => undefined);
    await ownAll(next);
    await collect(next, 2);

    line.arrive();
    await sleep(500);
    await ownAll(last);

    const deliveries = await collect(last, 2, { max: 1, withinMs: 5_000 });
    expect(textsOf(deliveries)).toEqual(["message 0", "message 1"]);
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([3, 3]);
    await Promise.all([lost, next, last].map((driver) => driver.close()));
    await retrying;
  });
});
