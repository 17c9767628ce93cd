import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, test } from "vitest";
import { answers } from "../../../../test/support/engines.ts";
import { Line } from "../../../../test/support/line.ts";
import { twoQueues } from "../../../../test/support/nats-harness.ts";
import { NatsServer } from "../../../../test/support/nats-server.ts";
import { eventually } from "../../../testing/eventually.ts";
import { collect, messages, never, ownAll, textsOf } from "../../../testing/queue-driver/harness.ts";
import { openNatsQueue } from "./queue.ts";

describe.skipIf(!(await answers("nats")))("who was cut off and has lost its shards", () => {
  test("takes nothing of them when it is back and could not be told yet", { timeout: 60_000 }, async () => {
    await using server = await NatsServer.start();
    await using line = await Line.to(server.url);
    const lost = await openNatsQueue(line.through(server.url), { leaseMs: 30_000 });
    const next = await openNatsQueue(server.url, { leaseMs: 30_000 });
    await next.own([]);
    await ownAll(lost);
    line.breakAt("PING");
    await assert.rejects(lost.own([]));
    await ownAll(next);
    await eventually(() => lost.depth());

    await next.send(messages("message", 2));

    expect(await lost.receive(10, never)).toEqual([]);
    expect(await lost.receive(10, never)).toEqual([]);
    const deliveries = await collect(next, 2, { withinMs: 3_000 });
    expect(textsOf(deliveries)).toEqual(["message 0", "message 1"]);
    expect(deliveries.map(({ attempt }) => attempt)).toEqual([1, 1]);
    await Promise.all([lost, next].map((driver) => driver.close()));
  });

  test("does not write over what the next owner has noted, with what it said before", async () => {
    await using server = await NatsServer.start();
    await using line = await Line.to(server.url);
    const lost = await openNatsQueue(line.through(server.url), { leaseMs: 30_000 });
    const [next, last] = await twoQueues(server);
    await Promise.all([next.own([]), last.own([])]);
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
